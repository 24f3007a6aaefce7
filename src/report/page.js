"use strict";
// One chart for each model: how the highest probability spreads over pictures of the classes (above
// the line) and over unseen ones (below it). Colours are the page's own custom properties, so they
// follow it into the dark and onto paper.
{
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const models = data.models;
  const place = (id) => document.getElementById(id);

  // Vega measures text to make room for it, and can't do so with a font that is named "inherit".
  const font = getComputedStyle(document.body).fontFamily;

  // Ticks as they are: formats of d3 round them to the digits of its own ticks, 25 % to 30 %.
  const asNumber = "format(datum.value, '~f')";
  const asPercent = (value) => `format(100 * (${value}), '~f') + '\u00a0%'`;

  const config = {
    font, view: { stroke: null },
    axis: { labelColor: "var(--soft)", titleColor: "var(--soft)", titleFontWeight: 400,
            labelFontSize: 12, titleFontSize: 12, gridColor: "var(--line)",
            domainColor: "var(--line)", tickColor: "var(--line)" },
  };

  const draw = (id, spec) => {
    const { $schema, ...compiled } = vegaLite.compile(spec).spec;
    vegaEmbed(place(id), compiled,
              { mode: "vega", renderer: "svg", actions: false })
      .catch((error) => console.error(error));
  };

  // Each half has its own scale, the same in all charts: pictures of the classes crowd at 1, and
  // would flatten the unseen ones.
  const scaleOf = (group) => {
    const bars = models.flatMap((model) => model.bars.filter((bar) => bar.group === group));
    const most = Math.max(...bars.map((bar) => bar.upper), 0.01);
    return [0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8].find((top) => most <= top) ?? 1;
  };
  const top = { "in domain": scaleOf("in domain"), unseen: scaleOf("unseen") };

  const tones = ["seen", "seen-pale", "unseen", "unseen-pale"];
  const drawn = (bar) => {
    const up = bar.group === "in domain";
    const height = (share) => (up ? 1 : -1) * share / top[bar.group];
    const percent = (share) => `${(100 * share).toFixed(1)} %`;
    return {
      ...bar,
      y: height(bar.lower),
      y2: height(bar.upper),
      tone: (up ? "seen" : "unseen") + (bar.reached ? "" : "-pale"),
      range: `${bar.from.toFixed(2)}–${bar.to.toFixed(2)}`,
      share: `${percent(bar.upper - bar.lower)} of the pictures ${up ? "in domain" : "unseen"}`,
      side: bar.reached ? "reach the threshold" : "below the threshold",
    };
  };

  // On the side where the threshold isn't.
  const text = (words, y, color, right) => ({
    data: { values: [{}] },
    mark: { type: "text", text: words, align: right ? "right" : "left", baseline: "middle",
            dx: right ? -6 : 6, fontSize: 12, fontWeight: 600, fill: color },
    encoding: { x: { datum: right ? 1 : 0 }, y: { datum: y } },
  });

  const spec = (model, width) => {
    const right = model.threshold !== null && model.threshold < 0.3;
    const hasUnseen = model.bars.some((bar) => bar.group === "unseen");
    const layer = [
      {
        data: { values: model.bars.map(drawn) },
        mark: { type: "rect", stroke: "var(--page)", strokeWidth: 0.6 },
        encoding: {
          x: { field: "from", type: "quantitative", scale: { domain: [0, 1], nice: false },
               axis: { title: "highest probability of a class", values: [0, 0.2, 0.4, 0.6, 0.8, 1],
                       labelExpr: asNumber, grid: false } },
          x2: { field: "to" },
          y: { field: "y", type: "quantitative",
               scale: { domain: [hasUnseen ? -1.2 : 0, 1.2], nice: false },
               axis: { title: "share of the pictures", domain: false, ticks: false,
                       values: hasUnseen ? [-1, -0.5, 0, 0.5, 1] : [0, 0.5, 1],
                       labelExpr: asPercent(`datum.value > 0 ? datum.value * ${top["in domain"]}` +
                                            ` : -datum.value * ${top.unseen}`) } },
          y2: { field: "y2" },
          color: { field: "tone", type: "nominal", legend: null,
                   scale: { domain: tones, range: tones.map((tone) => `var(--${tone})`) } },
          tooltip: [{ field: "range", title: "probability" }, { field: "share" },
                    { field: "side" }],
        },
      },
      { data: { values: [{}] }, mark: { type: "rule", stroke: "var(--ink)", strokeWidth: 1 },
        encoding: { y: { datum: 0 } } },
      text("in domain", 1.11, "var(--seen)", right),
    ];
    if (hasUnseen) layer.push(text("unseen", -1.11, "var(--unseen)", right));
    if (model.threshold !== null) {
      layer.push({
        data: { values: [{}] },
        mark: { type: "rule", stroke: "var(--ink)", strokeWidth: 1.5, strokeDash: [5, 4] },
        encoding: { x: { datum: model.threshold } },
      });
    }
    return {
      description: `${model.name}: share of the pictures by their highest probability`,
      width, height: hasUnseen ? 210 : 140, background: null,
      autosize: { type: "fit-x", contains: "padding" },
      config,
      layer,
    };
  };

  // What is folded away has no width of its own: it will have that of the others.
  const folded = (id) => place(id).closest("details:not([open])");
  const open = models.findIndex((model, i) => !folded(`chart-${i}`));
  models.forEach((model, i) => draw(`chart-${i}`, spec(
    model, folded(`chart-${i}`) ? place(`chart-${open}`).clientWidth : "container")));

  // Small multiples: a reliability diagram for each label, as many in a row as there is room for.
  const reliability = (model, room) => {
    const few = 10;  // pictures: fewer make a pale dot
    const side = 120, gap = 14;
    const columns = Math.max(2, Math.floor((room - 40) / (side + gap)));
    const dots = model.labels.flatMap((label, order) => label.bins.map((bin) => ({
      order, label: `${label.name} (${label.count})`, ...bin,
      says: `${(100 * bin.p).toFixed(1)} %`, holds: `${(100 * bin.share).toFixed(1)} %` })));
    const axis = { values: [0, 0.5, 1], labelExpr: asNumber, grid: false, title: null };
    const scale = { domain: [0, 1], nice: false };
    const x = { field: "p", type: "quantitative", scale, axis };
    const y = { field: "share", type: "quantitative", scale, axis };
    return {
      description: `${model.name}: share of the pictures that carry a label by its probability`,
      data: { values: dots }, columns, background: null, spacing: gap,
      facet: { field: "label", type: "nominal", sort: { field: "order", op: "min" },
               header: { title: null, labelColor: "var(--ink)", labelFontSize: 12, labelAnchor: "start",
                         labelLimit: side - 4, labelPadding: 4 } },
      spec: {
        width: side, height: side,
        layer: [
          { mark: { type: "line", stroke: "var(--soft)", strokeWidth: 1, strokeDash: [3, 3] },
            data: { values: [{ p: 0, share: 0 }, { p: 1, share: 1 }] }, encoding: { x, y } },
          { mark: { type: "point", filled: true, opacity: 1 },
            encoding: {
              x, y,
              color: { condition: { test: `datum.count < ${few}`, value: "var(--seen-pale)" },
                       value: "var(--seen)" },
              size: { field: "count", type: "quantitative", legend: null,
                      scale: { type: "log", range: [8, 90] } },
              tooltip: [{ field: "label" }, { field: "says", title: "mean probability" },
                        { field: "holds", title: "carry the label" },
                        { field: "count", title: "pictures" }] } },
        ],
      },
      config: { ...config, view: { stroke: "var(--line)" },
                axis: { ...config.axis, labelFontSize: 11 } },
    };
  };
  const room = document.querySelector("header").clientWidth;
  models.forEach((model, i) => {
    if (model.labels?.length) draw(`labels-${i}`, reliability(model, room));
  });

  const percent = (share) => `${(100 * share).toFixed(1)} %`;

  // Each score's share of pictures of none of the classes that get a label, expected and on unseen pictures; and the AUROC,
  // beside it where there is room, or below.
  const scores = () => {
    const beside = room > 700, names = 160;  // pixels for the scores' names
    const width = Math.max(120, (beside ? room / 2 : room) - names - 30);
    const kinds = ["estimate", "labelled"];
    const has = (values, kind) => values.some((one) => one.kind === kind);
    const part = (values, x) => ({
      data: { values }, width, height: { step: 30 },
      encoding: {
        y: { field: "name", type: "nominal", sort: data.scores.map((score) => score.name),
             axis: { title: null, ticks: false, domain: false, labelLimit: names } },
        color: { field: "kind", type: "nominal", legend: null,
                 scale: { domain: kinds, range: ["var(--seen)", "var(--unseen)"] } },
      },
      layer: kinds.flatMap((kind, i) => {
        if (!has(values, kind)) return [];
        const own = { transform: [{ filter: { field: "kind", equal: kind } }] };
        const yOffset = kinds.every((one) => has(values, one)) ? 10 * i - 5 : 0;
        return [
          { ...own, mark: { type: "rule", strokeWidth: 2, yOffset },
            encoding: { x: { field: "low", type: "quantitative", ...x }, x2: { field: "high" } } },
          { ...own, mark: { type: "point", filled: true, opacity: 1, size: 70, yOffset },
            encoding: { x: { field: "value", type: "quantitative", ...x },
                        tooltip: [{ field: "name" }, { field: "shown" }, { field: "interval" }] } },
        ];
      }),
    });
    const dots = (score, kind, found, text) => found ? [{
      name: score.name, kind, ...found, shown: text(found.value),
      interval: `${text(found.low)} to ${text(found.high)}` }] : [];
    const shares = data.scores.flatMap((score) =>
      kinds.flatMap((kind) => dots(score, kind, score[kind], percent)));
    const auroc = data.scores.flatMap((score) =>
      dots(score, "labelled", score.auroc, (value) => value.toFixed(3)));
    const charts = [];
    if (shares.length) {
      charts.push(part(shares, { scale: { zero: true }, axis: {
        labelExpr: asPercent("datum.value"), tickCount: 5,
        title: "false accepts" } }));
    }
    if (auroc.length) {
      charts.push(part(auroc, { scale: { zero: false }, axis: {
        labelExpr: asNumber, tickCount: 5, title: "AUROC on unseen pictures" } }));
    }
    return { description: "the scores, expected and on unseen pictures", background: null, config,
             [beside ? "hconcat" : "vconcat"]: charts };
  };
  if (data.scores?.some((score) => score.estimate || score.labelled || score.auroc)) {
    draw("scores", scores());
  }

  const calibration = () => {
    const side = Math.max(110, Math.min(260, (room - 130) / 2));
    const times = ["before", "after"].filter((when) => data.calibration[when]);
    const dots = times.flatMap((when) => data.calibration[when].map((bin) => ({
      when: times.length > 1 ? when : "as it is", ...bin,
      says: percent(bin.p), holds: percent(bin.share) })));
    const scale = { domain: [0, 1], nice: false };
    const axis = (title) => ({ values: [0, 0.5, 1], labelExpr: asPercent("datum.value"),
                               grid: false, title });
    const x = { field: "p", type: "quantitative", scale, axis: axis("probability") };
    const y = { field: "share", type: "quantitative", scale, axis: axis("how often it is right") };
    return {
      description: "how often answers are right by their probability, before and after calibration",
      data: { values: dots }, background: null, columns: 2, spacing: 24,
      facet: { field: "when", type: "nominal", sort: times,
               header: { title: null, labelColor: "var(--ink)", labelFontSize: 13,
                         labelAnchor: "start" } },
      spec: {
        width: side, height: side,
        layer: [
          { mark: { type: "line", stroke: "var(--soft)", strokeWidth: 1, strokeDash: [3, 3] },
            data: { values: [{ p: 0, share: 0 }, { p: 1, share: 1 }] }, encoding: { x, y } },
          { mark: { type: "point", filled: true, opacity: 1, color: "var(--seen)" },
            encoding: {
              x, y,
              size: { field: "count", type: "quantitative", legend: null,
                      scale: { type: "log", range: [12, 160] } },
              tooltip: [{ field: "says", title: "mean probability" },
                        { field: "holds", title: "right" },
                        { field: "count", title: "answers" }] } },
        ],
      },
      config: { ...config, view: { stroke: "var(--line)" } },
    };
  };
  if (data.calibration) draw("calibration", calibration());

  const sets = () => {
    const sizes = ["empty", "one", "several"];
    const values = data.sets.flatMap((one) => sizes.map((size, order) => ({
      group: one.group, size, order, share: one[size], shown: percent(one[size]) })));
    return {
      description: "how many pictures get the empty set, one label or several",
      data: { values }, width: "container", height: 34 * data.sets.length, background: null,
      autosize: { type: "fit-x", contains: "padding" },
      mark: { type: "bar", stroke: "var(--page)", strokeWidth: 1, height: 22 },
      encoding: {
        y: { field: "group", type: "nominal", sort: data.sets.map((one) => one.group),
             axis: { title: null, ticks: false, domain: false } },
        x: { field: "share", type: "quantitative", stack: "zero",
             scale: { domain: [0, 1], nice: false },
             axis: { labelExpr: asPercent("datum.value"), grid: false,
                     title: "share of the pictures",
                     values: [0, 0.25, 0.5, 0.75, 1] } },
        order: { field: "order" },
        color: { field: "size", type: "nominal", legend: null,
                 scale: { domain: sizes,
                          range: ["var(--line)", "var(--seen)", "var(--seen-pale)"] } },
        tooltip: [{ field: "group" }, { field: "size", title: "set" },
                  { field: "shown", title: "pictures" }],
      },
      config,
    };
  };
  if (data.sets) draw("sets", sets());

  // What is folded away on the screen belongs on the paper.
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((one) => { one.open = true; });
  });
}
