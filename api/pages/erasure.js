"use strict";
// Shows the certificate whose secret stands behind "#token=" of this page's address.

const WORDS = {
  tr: {
    unknown: "Bu bağlantıyla bir belge bulunamadı.",
    away: "Şu anda bilgi alınamıyor. Biraz sonra yeniden deneyin.",
  },
  en: {
    unknown: "There is no certificate behind this link.",
    away: "Nothing can be said just now. Please try again in a while.",
  },
};

const language = document.documentElement.lang;
const words = WORDS[language];
const say = (text) => { document.getElementById("certificate").textContent = text; };

const look = async () => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return say(words.unknown);
  try {
    const answer = await fetch(`/api/v1/erasures/${encodeURIComponent(token)}`, { credentials: "omit" });
    if (answer.status === 404) return say(words.unknown);
    if (!answer.ok) return say(words.away);
    say((await answer.json()).text[language]);
  } catch {
    say(words.away);
  }
};

addEventListener("hashchange", look);
look();
