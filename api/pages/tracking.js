"use strict";
// Shows where the parcel is whose secret stands behind "#token=" of this page's address.

const WORDS = {
  tr: {
    requested: "Kapağınız kargoya hazırlanıyor",
    created: "Kargo kaydı oluşturuldu",
    label_created: "Kargo etiketi basıldı",
    in_transit: "Yolda",
    out_for_delivery: "Bugün dağıtımda",
    delivered: "Teslim edildi",
    exception: "Teslimatta bir aksama var; kargo firması ilgileniyor",
    lost: "Gönderi kayboldu; size nasıl ulaştıracağımıza bakıyoruz",
    returned: "Gönderi geri döndü",
    cancelled: "Gönderi iptal edildi",
    carrier: "Kargo firması",
    parcel: "Gönderi {number} / {count}",
    estimate: "Tahmini teslimat: {earliest} – {latest}",
    estimate_day: "Tahmini teslimat: {earliest}",
    unknown: "Bu bağlantıyla bir gönderi bulunamadı.",
    away: "Şu anda bilgi alınamıyor. Biraz sonra yeniden deneyin.",
  },
  en: {
    requested: "Your cover is being made ready for the carrier",
    created: "Announced to the carrier",
    label_created: "The label is printed",
    in_transit: "On its way",
    out_for_delivery: "Out for delivery today",
    delivered: "Delivered",
    exception: "Something holds the parcel up; the carrier is looking into it",
    lost: "The parcel is lost; we are looking into how to get it to you",
    returned: "The parcel went back",
    cancelled: "The shipment was cancelled",
    carrier: "Carrier",
    parcel: "Parcel {number} of {count}",
    estimate: "Should arrive between {earliest} and {latest}",
    estimate_day: "Should arrive on {earliest}",
    unknown: "There is no parcel behind this link.",
    away: "Nothing can be said just now. Please try again in a while.",
  },
};

const language = document.documentElement.lang;
const words = WORDS[language];
const say = (id, text) => { document.getElementById(id).textContent = text; };

const stepOf = (step) => {
  const item = document.createElement("li");
  const moment = document.createElement("time");
  moment.dateTime = step.occurred_at;
  moment.textContent = new Date(step.occurred_at).toLocaleString(language, { dateStyle: "long", timeStyle: "short" });
  item.append(words[step.status], moment);
  return item;
};

const told = (text, facts) => text.replace(/{(\w+)}/g, (_, name) => facts[name]);

const dayOf = (text) => new Date(`${text}T12:00:00Z`)
  .toLocaleDateString(language, { day: "numeric", month: "long", weekday: "long", timeZone: "UTC" });

const estimateOf = (estimate) => {
  if (!estimate) return "";
  const days = { earliest: dayOf(estimate.earliest), latest: dayOf(estimate.latest) };
  return told(estimate.earliest === estimate.latest ? words.estimate_day : words.estimate, days);
};

const otherOf = (parcel) => {
  const item = document.createElement("li");
  const expected = document.createElement("small");
  expected.textContent = estimateOf(parcel.estimate);
  item.append(`${told(words.parcel, parcel)}: ${words[parcel.status]}`, expected);
  return item;
};

const look = async () => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return say("status", words.unknown);
  try {
    const answer = await fetch(`/api/v1/tracking/${encodeURIComponent(token)}`, { credentials: "omit" });
    if (answer.status === 404) return say("status", words.unknown);
    if (!answer.ok) return say("status", words.away);
    const parcel = await answer.json();
    say("status", words[parcel.status]);
    say("carrier", `${words.carrier}: ${parcel.carrier}`);
    say("parcel", parcel.count > 1 ? told(words.parcel, parcel) : "");
    say("estimate", estimateOf(parcel.estimate));
    document.getElementById("others").replaceChildren(...parcel.others.map(otherOf));
    document.getElementById("steps").replaceChildren(...parcel.steps.reverse().map(stepOf));
  } catch {
    say("status", words.away);
  }
};

addEventListener("hashchange", look);
look();
