// Sends the browser back to the shop at once; without scripts the button does it.
document.getElementById("return").submit();
