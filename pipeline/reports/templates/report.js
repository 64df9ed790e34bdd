"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const options = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const plots = [...document.querySelectorAll(".plot")];
  const drawn = new Set();
  let isPrinting = false;

  const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  const colours = () => ({ "font.color": isPrinting ? "#000000" : ink() });

  const draw = (plot) => {
    if (drawn.has(plot)) return;
    drawn.add(plot);
    const source = document.querySelector(`[data-figure="${plot.id}"]`);
    const figure = JSON.parse(source.textContent);
    figure.layout.font = { ...figure.layout.font, color: colours()["font.color"] };
    figure.layout.autosize = true;
    Plotly.newPlot(plot, figure.data, figure.layout, options);
  };

  // What is in sight comes first; the rest follows while the page is idle, so that printing finds all drawn.
  const inSight = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "600px" },
  );
  plots.forEach((plot) => inSight.observe(plot));
  const later = window.requestIdleCallback || ((work) => setTimeout(work, 30));
  const drawRest = () => {
    const next = plots.find((plot) => !drawn.has(plot));
    if (!next) return void (document.documentElement.dataset.drawn = "all");
    draw(next);
    later(drawRest);
  };
  later(drawRest);

  const recolour = () => drawn.forEach((plot) => Plotly.relayout(plot, colours()));
  dark.addEventListener("change", recolour);

  // A page of paper is narrower than the screen, and nothing else tells the charts.
  const size = (plot) => {
    const [height, figure] = [parseInt(plot.style.height, 10), plot.closest("figure")];
    return {
      width: figure.matches(".wide, :only-child") ? 640 : 312,
      height: figure.matches(".wide") ? 0.85 * height : Math.max(Math.min(205, height), 0.54 * height),
    };
  };
  const margins = new Map();
  const resize = (plot, change) => Plotly.relayout(plot, { ...colours(), ...change });
  addEventListener("beforeprint", () => {
    isPrinting = true;
    plots.forEach(draw);
    plots.forEach((plot) => {
      plot.dataset.height = plot.style.height;
      margins.set(plot, { "margin.t": plot.layout.margin.t, "margin.b": plot.layout.margin.b });
      const paper = size(plot);
      plot.style.height = `${paper.height}px`;
      resize(plot, { ...paper, "margin.t": 66, "margin.b": 40 });
    });
  });
  addEventListener("afterprint", () => {
    isPrinting = false;
    plots.forEach((plot) => {
      plot.style.height = plot.dataset.height;
      resize(plot, { width: null, height: parseInt(plot.style.height, 10), autosize: true, ...margins.get(plot) });
    });
  });
})();
