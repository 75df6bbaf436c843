// Sends the token behind the # of a mailed link, when its reader presses the button.
"use strict";

const form = document.querySelector("form");
const fault = document.getElementById("fault");
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  fault.textContent = "";
  try {
    const answer = await fetch(form.dataset.command, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), token }),
    });
    if (answer.ok) {
      form.hidden = true;
      document.getElementById("done").hidden = false;
    } else {
      fault.textContent = (await answer.json()).detail;
    }
  } catch {
    fault.textContent = "Sunucuya ulaşılamadı · The server could not be reached";
  }
});
