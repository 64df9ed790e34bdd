// What Streamlit leaves undone on every page.
(() => {
  if (window.workbenchPage) return;
  window.workbenchPage = true;

  // The menu closes after a choice where it covers the page, as on a phone. Streamlit does so only for
  // browsers that call themselves mobile.
  const narrow = matchMedia("(max-width: 768px)");
  document.addEventListener("click", (event) => {
    const menu = document.querySelector('[data-testid="stSidebar"]');
    if (!narrow.matches || !menu || !event.target.closest('[data-testid="stSidebarNavLink"]')) return;
    menu.querySelector('button[aria-controls="stSidebar"]')?.click();
  });

  // What an order makes, or why it was refused, stands at the top of its page.
  const orders = ["generate", "bulk_generate", "train", "find_recipe", "related_generate", "related_bulk_generate"];
  const senders = orders.map((key) => `.st-key-${key} button`).join(", ");
  document.addEventListener("click", (event) => {
    if (event.target.closest(senders)) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  });

  // A table that is wider than its place is scrolled, by the keyboard too.
  const open = () => {
    for (const table of document.querySelectorAll('[data-testid="stTable"] table')) {
      const frame = table.parentElement;
      const isScrolled = frame.scrollWidth > frame.clientWidth;
      if (isScrolled === frame.hasAttribute("tabindex")) continue;
      frame.toggleAttribute("tabindex", isScrolled);
      if (isScrolled) frame.tabIndex = 0;
    }
  };
  let asked = 0;
  const later = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(open);
  };
  new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", later);
})();
