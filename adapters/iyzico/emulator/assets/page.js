// Fills the card form when a test card is pressed, and groups the digits as they are typed.
const field = (name) => document.getElementById(name);
const grouped = (text) => text.replace(/\D/g, "").slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ");

for (const button of document.querySelectorAll("[data-number]")) {
  button.addEventListener("click", () => {
    field("holder").value = "Ayşe Yılmaz";
    field("number").value = grouped(button.dataset.number);
    field("expiry").value = `12/${String((new Date().getFullYear() + 4) % 100).padStart(2, "0")}`;
    field("cvc").value = "123";
    field("number").focus();
  });
}
field("number").addEventListener("input", (event) => {
  event.target.value = grouped(event.target.value);
});
