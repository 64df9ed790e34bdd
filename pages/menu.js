// Closes the menu after a choice where it covers the page, as on a phone. Streamlit does so only for
// browsers that call themselves mobile.
(() => {
  if (window.workbenchMenu) return;
  window.workbenchMenu = true;
  const narrow = matchMedia("(max-width: 768px)");
  document.addEventListener("click", (event) => {
    const menu = document.querySelector('[data-testid="stSidebar"]');
    if (!narrow.matches || !menu || !event.target.closest('[data-testid="stSidebarNavLink"]')) return;
    menu.querySelector('button[aria-controls="stSidebar"]')?.click();
  });
})();
