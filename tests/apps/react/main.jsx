import { useState } from "react";
import { createRoot } from "react-dom/client";
import "trace-tab";
import { traces } from "../traces.js";

function App() {
  const [at, setAt] = useState(0);
  const [isThere, setThere] = useState(true);
  const [heard, setHeard] = useState("");
  return (
    <>
      <button id="next" onClick={() => setAt(at + 1)}>Next trace</button>
      <button id="toggle" onClick={() => setThere(!isThere)}>Show or hide</button>
      <output id="heard">{heard}</output>
      {isThere && (
        <trace-tab
          data={traces[at % 2]}
          ontrace-tab-load={({ detail }) => setHeard(`${detail.name}: ${detail.rounds}`)}
          ontrace-tab-select={({ detail }) => setHeard(`selected ${detail.kind}`)}
        />
      )}
    </>
  );
}

createRoot(document.getElementById("app")).render(<App />);
