/* SM3 (GB/T 32905-2016) and HMAC over it: the shop's phone signs what it queues with the same algorithm as the portal,
   also while there is no network. Web Crypto does not know SM3. */
(function (root) {
  "use strict";

  const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
  const BLOCK = 64;

  const turn = (word, by) => (word << (by % 32)) | (word >>> ((32 - (by % 32)) % 32));
  const first = (word) => word ^ turn(word, 9) ^ turn(word, 17);
  const second = (word) => word ^ turn(word, 15) ^ turn(word, 23);

  function padded(bytes) {
    const whole = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
    whole.set(bytes);
    whole[bytes.length] = 0x80;
    const view = new DataView(whole.buffer);
    view.setUint32(whole.length - 8, Math.floor(bytes.length / 0x20000000));
    view.setUint32(whole.length - 4, (bytes.length * 8) >>> 0);
    return view;
  }

  function words(view, offset) {
    const wide = [];
    for (let j = 0; j < 16; j += 1) wide.push(view.getUint32(offset + j * 4));
    for (let j = 16; j < 68; j += 1) {
      wide.push(second(wide[j - 16] ^ wide[j - 9] ^ turn(wide[j - 3], 15)) ^ turn(wide[j - 13], 7) ^ wide[j - 6]);
    }
    return wide;
  }

  function compress(state, wide) {
    let [a, b, c, d, e, f, g, h] = state;
    for (let j = 0; j < 64; j += 1) {
      const early = j < 16;
      const one = turn((turn(a, 12) + e + turn(early ? 0x79cc4519 : 0x7a879d8a, j)) | 0, 7);
      const two = one ^ turn(a, 12);
      const three = ((early ? a ^ b ^ c : (a & b) | (a & c) | (b & c)) + d + two + (wide[j] ^ wide[j + 4])) | 0;
      const four = ((early ? e ^ f ^ g : (e & f) | (~e & g)) + h + one + wide[j]) | 0;
      [d, c, b, a] = [c, turn(b, 9), a, three];
      [h, g, f, e] = [g, turn(f, 19), e, four ^ turn(four, 9) ^ turn(four, 17)];
    }
    return [a, b, c, d, e, f, g, h].map((word, place) => word ^ state[place]);
  }

  function digest(bytes) {
    const view = padded(bytes);
    let state = START;
    for (let offset = 0; offset < view.byteLength; offset += BLOCK) state = compress(state, words(view, offset));
    const out = new DataView(new ArrayBuffer(32));
    state.forEach((word, place) => out.setUint32(place * 4, word));
    return new Uint8Array(out.buffer);
  }

  function joined(left, right) {
    const whole = new Uint8Array(left.length + right.length);
    whole.set(left);
    whole.set(right, left.length);
    return whole;
  }

  function hmac(key, text) {
    const short = key.length > BLOCK ? digest(key) : key;
    const pad = (byte) => Uint8Array.from({ length: BLOCK }, (none, place) => (short[place] || 0) ^ byte);
    return digest(joined(pad(0x5c), digest(joined(pad(0x36), new TextEncoder().encode(text)))));
  }

  function base32(bytes, length) {
    let bits = "";
    bytes.forEach((byte) => { bits += byte.toString(2).padStart(8, "0"); });
    let text = "";
    for (let place = 0; text.length < length; place += 5) {
      text += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(bits.substr(place, 5), 2)];
    }
    return text;
  }

  root.sm3 = { digest: digest, hmac: hmac, base32: base32 };
})(self);
