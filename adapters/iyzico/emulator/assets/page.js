// Keeps the form pleasant: test cards fill it, digits are grouped, amounts follow the instalments.
const field = (name) => document.getElementById(name);
const form = field("pay");
const typed = ["holder", "number", "expiry", "cvc"].map(field);
const digitsOf = (text) => text.replace(/\D/g, "");
const grouped = (text) => digitsOf(text).slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ");
const dated = (text) => digitsOf(text).slice(0, 4).replace(/^(..)(?=.)/, "$1/");

const reshape = (input, shape) => input.addEventListener("input", () => {
  const before = digitsOf(input.value.slice(0, input.selectionStart)).length;
  input.value = shape(input.value);
  let at = 0;
  for (let seen = 0; at < input.value.length && seen < before; at += 1) {
    if (/\d/.test(input.value[at])) seen += 1;
  }
  input.setSelectionRange(at, at);
});
reshape(field("number"), grouped);
field("expiry").addEventListener("input", ({ inputType, target }) => {
  if (inputType !== "deleteContentBackward") target.value = dated(target.value);
});

const another = field("another");
const askForCard = () => {
  const asked = another === null || another.checked;
  for (const input of typed) input.required = asked;
};
const showAmounts = () => {
  const plan = form.querySelector("[name=installments]:checked");
  if (plan === null) return;
  field("amount").textContent = ` · ${plan.dataset.total}`;
  field("total").lastElementChild.textContent = plan.dataset.total;
  field("surcharge").lastElementChild.textContent = plan.dataset.more;
  field("surcharge").hidden = plan.value === "1";
};
form.addEventListener("change", () => { askForCard(); showAmounts(); });
askForCard();
showAmounts();

for (const link of document.querySelectorAll("[data-number]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    if (another !== null) another.checked = true;
    askForCard();
    field("holder").value ||= "Ayşe Yılmaz";
    field("number").value = link.dataset.number;
    field("expiry").value = form.dataset.expiry;
    field("cvc").value = link.dataset.cvc;
    form.querySelector(".pay").focus();
    form.scrollIntoView({ block: "nearest" });
  });
}

// A second press must not send a second card; coming back by the browser's button may.
form.addEventListener("submit", () => { form.querySelector(".pay").disabled = true; });
window.addEventListener("pageshow", () => { form.querySelector(".pay").disabled = false; });
