// What a verifier shows of an op: calldata to copy, and the audit file checked here. The verifier's
// word counts for nothing: every hash from the op to the claim is computed in this browser.
import { checkAudit } from "/static/client/audit.js";
import { element, copied } from "./elements.js";

async function text(path) {
  const answer = await fetch(`/api/v1/evidence/ops/${path}`);
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  return answer.text();
}

async function copyCalldata(button, said) {
  const data = await text(`${button.dataset.calldata}/calldata`);
  const bytes = `${((data.length - 2) / 2).toLocaleString()} bytes`;
  said.textContent = (await copied(data)) ? `Copied ${bytes}.` : `This browser lets nobody copy: take the file of ${bytes}.`;
}

async function checkFile(button, said) {
  const { claim } = checkAudit(await text(`${button.dataset.audit}/audit`));
  const standing = await (await fetch(`/api/v1/claims/${claim.number}`)).json();
  if (standing.claim_hash !== claim.hash) throw new Error("L1 holds another claim.");
  const command = element("code", {}, "strikeproof audit check FILE");
  const path = "Op, segment, batch, records, both roots and the law's code hashes lead to the claim on L1";
  said.replaceChildren(`✓ ${path}. Left to do: running the law's bytecode, which `, command, " does.");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-calldata], [data-audit]");
  if (!button) return;
  const said = button.closest("section").querySelector("[data-said]");
  const work = "calldata" in button.dataset ? copyCalldata : checkFile;
  said.textContent = "…";
  work(button, said).catch((error) => {
    said.textContent = `✗ ${error.message}`;
  });
});
