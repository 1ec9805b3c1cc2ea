import { createRoot } from "react-dom/client";
import { BrowserRouter, Link, useSearchParams } from "react-router";
import "trace-tab";
import { traces } from "../traces.js";

// The recipe of docs/router.md, word for word.
function Trace({ data }) {
  const [params, setParams] = useSearchParams();
  const follow = ({ detail }) =>
    setParams((now) => {
      if (detail.state) now.set("trace", detail.state);
      else now.delete("trace");
      return now;
    }, { replace: true, preventScrollReset: true });
  return <trace-tab data={data} state={params.get("trace") ?? ""} ontrace-tab-state={follow} />;
}

createRoot(document.getElementById("app")).render(
  <BrowserRouter>
    <Link to="?page=3&trace=row%3Dturn%3A1">The turn</Link>
    <Trace data={traces[1]} />
  </BrowserRouter>,
);
