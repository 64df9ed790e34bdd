// Text of drawings whose contrast is too low for its size (WCAG 2.2, 1.4.3), which axe-core does not look at.
() => {
  const LEAST = 4.5;
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
  const faults = new Set();
  for (const element of document.querySelectorAll("svg text")) {
    const text = element.textContent.trim();
    const shown = { opacityProperty: true, visibilityProperty: true };
    // Plotly writes on the cells of a map in the colour that is seen best on each.
    if (!text || !element.checkVisibility(shown) || element.closest("[aria-hidden=true], .heatmap-label")) continue;
    const above = line(element);
    const colour = read(getComputedStyle(element).fill);
    colour.alpha *= above.reduce((share, one) => share * Number(getComputedStyle(one).opacity), 1);
    const under = above.reduce((back, one) => mix(read(getComputedStyle(one).backgroundColor), back), [255, 255, 255]);
    const [high, low] = [light(mix(colour, under)), light(under)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < LEAST) faults.add(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 60)}`);
  }
  return [...faults];
}
