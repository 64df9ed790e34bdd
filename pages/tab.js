// Tells the server that a tab's session begins or has ended. What to say comes with the element itself:
// the content policy allows no script inside a page.
(() => {
  const { path, code, rejoin } = document.currentScript.dataset;
  const said = fetch(path, { method: "POST", headers: { "X-Workbench-Session": code } });
  // Another tab may have logged in since: the browser's cookie then opens an active session, here too.
  if (rejoin) said.then((answer) => answer.status === 200 && location.reload());
})();
