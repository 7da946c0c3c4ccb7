/* Checks while typing: the same rules the server applies again on save, said earlier.
   data-check="identity" (GB 11643), "credit" (GB 32100), "amount" (yuan) or "date" on an input. */
(function () {
  "use strict";

  const CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const half = (text) => text.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();
  const weighted = (text, weights, alphabet) => weights.reduce((sum, weight, at) => sum + weight * alphabet.indexOf(text[at]), 0);

  function identity(text) {
    const number = half(text);
    if (number.length !== 18) return "现在 " + number.length + " 位，应为 18 位。";
    if (!/^\d{17}[\dX]$/.test(number)) return "只能有数字，最后一位可以是 X。";
    const weights = Array.from({ length: 17 }, (_, at) => 2 ** (17 - at) % 11);
    return "10X98765432"[weighted(number, weights, "0123456789") % 11] === number[17] ? "" : "校验位不对，请对照证件再看一遍。";
  }

  function credit(text) {
    const code = half(text);
    if (code.length !== 18) return "现在 " + code.length + " 位，应为 18 位。";
    if (Array.from(code).some((sign) => !CREDIT.includes(sign))) return "含有代码里不用的字符，不用 I、O、S、V、Z。";
    const weights = Array.from({ length: 17 }, (_, at) => 3 ** at % 31);
    return CREDIT[(31 - (weighted(code, weights, CREDIT) % 31)) % 31] === code[17] ? "" : "校验位不对，请对照证书再看一遍。";
  }

  function amount(text) {
    return /^-?¥?\d+(\.\d+)?(万|亿)?元?$/.test(text.normalize("NFKC").replace(/[\s,]/g, "")) ? "" : "请写金额数字，最多两位小数，单位元。";
  }

  function date(text) {
    const parts = /^(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?$/.exec(text.normalize("NFKC").replace(/\s/g, ""));
    const day = parts && new Date(Date.UTC(+parts[1], +parts[2] - 1, +parts[3]));
    return day && day.getUTCDate() === +parts[3] && day.getUTCMonth() === +parts[2] - 1 ? "" : "请写成 2023-03-01 这样的日期。";
  }

  const CHECKS = { identity: identity, credit: credit, amount: amount, date: date };

  function say(field, words) {
    const name = (field.id || field.name) + "_typing";
    let line = document.getElementById(name);
    if (!line && words) {
      line = document.createElement("p");
      line.id = name;
      line.className = "field-error";
      line.setAttribute("role", "status");
      field.after(line);
    }
    if (line) line.textContent = words;
    field.classList.toggle("is-doubtful", words !== "");
  }

  function check(field) {
    say(field, field.value.trim() === "" ? "" : CHECKS[field.dataset.check](field.value));
  }

  function isSpeakable(field) {
    return field && field.dataset && CHECKS[field.dataset.check];
  }

  document.addEventListener("focusout", (event) => { if (isSpeakable(event.target)) check(event.target); });
  document.addEventListener("input", (event) => { if (isSpeakable(event.target) && event.target.classList.contains("is-doubtful")) check(event.target); });
})();
