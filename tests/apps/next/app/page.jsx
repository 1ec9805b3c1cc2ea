"use client";

import { useEffect, useState } from "react";
import "trace-tab";
import { traces } from "../../traces.js";

export default function Page() {
  const [at, setAt] = useState(0);
  const [trace, setTrace] = useState(null);
  // React gives an element that the server has rendered its attributes and events, but no property
  // before something changes.
  useEffect(() => setTrace(traces[at % 2]), [at]);
  const [isThere, setThere] = useState(true);
  const [heard, setHeard] = useState("");
  return (
    <>
      <button id="next" onClick={() => setAt(at + 1)}>Next trace</button>
      <button id="toggle" onClick={() => setThere(!isThere)}>Show or hide</button>
      <output id="heard">{heard}</output>
      {isThere && (
        <trace-tab
          data={trace}
          ontrace-tab-load={({ detail }) => setHeard(`${detail.name}: ${detail.rounds}`)}
          ontrace-tab-select={({ detail }) => setHeard(`selected ${detail.kind}`)}
        />
      )}
    </>
  );
}
