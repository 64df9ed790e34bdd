// Serious faults of the page that is open: low contrast of text, controls without a name, pictures without
// a text, no title or language. An own small check; it finds less than a tool made for it.
() => {
  const faults = [];
  const read = (colour) => {
    const found = colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return { rgb: found.slice(0, 3), alpha: found.length > 3 ? found[3] : 1 };
  };
  const mix = (over, under) => over.rgb.map((part, place) => part * over.alpha + under[place] * (1 - over.alpha));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const line = (element) => {
    const found = [];
    for (let one = element; one; one = one.parentElement) found.unshift(one);
    return found;
  };
  const back = (element) =>
    line(element).reduce((under, one) => mix(read(getComputedStyle(one).backgroundColor), under), [255, 255, 255]);
  const isDisabled = (element) => element.closest("[disabled], [aria-disabled=true], [inert]");
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !isShown(element) || isDisabled(element) || element.closest("style, script, noscript, [aria-hidden=true]")) continue;
    const style = getComputedStyle(element);
    const colour = read(element.ownerSVGElement ? style.fill : style.color);
    colour.alpha *= line(element).reduce((share, one) => share * Number(getComputedStyle(one).opacity), 1);
    const under = back(element);
    const [high, low] = [light(mix(colour, under)), light(under)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 60)}`);
  }
  const name = (element) =>
    element.getAttribute("aria-label") || element.textContent.trim() || element.getAttribute("title") ||
    [...(element.labels ?? [])].map((one) => one.textContent).join("").trim() ||
    (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("").trim() ||
    element.querySelector("img[alt], svg title")?.alt;
  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, [role=combobox]"))
    if (isShown(element) && !element.closest("[aria-hidden=true]") && !name(element))
      faults.push(`no name: ${element.outerHTML.slice(0, 120)}`);
  for (const picture of document.querySelectorAll("img:not([alt])")) faults.push(`no text: ${picture.src.slice(0, 60)}`);
  if (!document.documentElement.lang) faults.push("the page has no language");
  if (!document.title) faults.push("the page has no title");
  return [...new Set(faults)];
}
