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
    returned: "Gönderi geri döndü",
    cancelled: "Gönderi iptal edildi",
    carrier: "Kargo firması",
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
    returned: "The parcel went back",
    cancelled: "The shipment was cancelled",
    carrier: "Carrier",
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
    document.getElementById("steps").replaceChildren(...parcel.steps.reverse().map(stepOf));
  } catch {
    say("status", words.away);
  }
};

addEventListener("hashchange", look);
look();
