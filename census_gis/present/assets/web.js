// Draws the plan. Every text of the data is set with textContent: names are data, never markup.
function censusMap(map, words) {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read("cg-data");
  const canvas = L.canvas({ padding: 0.3 });
  const tints = ["#f6c9a8", "#c6dfb4", "#b9d3ea", "#e2c3de", "#f3e6a2", "#b5e0dc", "#dccfbc"];
  const lineStyle = {
    roads: { color: "#9a9a9a", weight: 1.6 }, railways: { color: "#333", weight: 2, dashArray: "6 4" },
    waterways: { color: "#6ba3d0", weight: 1.6 }, barriers: { color: "#777", weight: 1.2, dashArray: "3 3" },
  };
  const areaStyle = { water: "#bcdcf2", landuse: "#e3ecdc", compounds: "#efe7dd", grids: "#eeeeee" };
  const box = document.getElementById("cg-info");
  const show = (rows) => {
    box.replaceChildren();
    for (const [key, value] of rows) {
      if (value === null || value === undefined || value === "") continue;
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = key; dd.textContent = String(value);
      box.append(dt, dd);
    }
  };
  const layer = (name, options) => L.geoJSON(data[name], Object.assign({ renderer: canvas }, options));
  const label = (at, text, kind) => {
    const span = document.createElement("span");
    span.className = "cg-label " + kind; span.textContent = text;
    return L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className: "", iconSize: [0, 0], html: span }) });
  };
  const groups = {};
  if (data.image) groups.image = L.imageOverlay(data.image.url, data.image.bounds, { attribution: data.image.note });
  groups.areas = layer("context_areas", { interactive: false, style: (f) => ({ stroke: false, fillColor: areaStyle[f.properties.s] || "#eee", fillOpacity: 0.8 }) });
  groups.lines = layer("context_lines", { interactive: false, style: (f) => lineStyle[f.properties.s] || { color: "#aaa", weight: 1 } });
  // The panel stands beside the ground shown, on a phone above it.
  const beside = () => (map.getSize().x > 900 ? [360, 10] : [10, document.querySelector(".cg-panel").offsetHeight + 20]);
  let chosen = null;
  const chosenStyle = { weight: 4, color: "#5b0d5b" };
  // Where many areas share few pixels their lines are thin, or they would hide the ground.
  let thin = false;
  const eaStyle = (f) => ({ color: "#b02020", weight: thin ? 0.6 : f.properties.kind === "stacked" ? 2.5 : 1.6, fillColor: tints[f.properties.tint % tints.length], fillOpacity: data.image ? 0.25 : 0.45 });
  const byCode = new Map();
  const rowsOf = (p) => words.ea.map(([key, text]) => [text, p[key]]);
  const choose = (item, zoom) => {
    if (chosen) chosen.setStyle(eaStyle(chosen.feature));
    chosen = item;
    item.setStyle(chosenStyle);
    show(rowsOf(item.feature.properties));
    if (zoom) map.fitBounds(item.getBounds(), { maxZoom: 18, paddingTopLeft: beside(), paddingBottomRight: [60, 40] });
  };
  groups.eas = layer("enumeration_areas", { style: eaStyle, onEachFeature: (f, item) => {
    byCode.set(f.properties.ea_code, item);
    item.on("click", () => choose(item, false));
  } });
  if (data.dwelling_parts) groups.buildings = layer("dwelling_parts", {
    style: () => ({ color: "#6b5a4a", weight: 0.6, fillColor: "#b9a08a", fillOpacity: data.image ? 0.25 : 0.95 }),
    onEachFeature: (f, item) => item.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      show(words.building.map(([key, text]) => [text, f.properties[key]]));
    }),
  });
  const edge = { fill: false, color: "#222", weight: 3, dashArray: "12 4 2 4" };
  groups.districts = layer("districts", { interactive: false, style: () => ({ ...edge, weight: thin ? 1.4 : edge.weight }) });
  const restyle = () => {
    if (thin === map.getZoom() < 13) return;
    thin = !thin;
    for (const group of [groups.eas, groups.districts]) group.eachLayer((item) => group.resetStyle(item));
    if (chosen) chosen.setStyle(chosenStyle);
  };
  const names = L.layerGroup();
  // A label is left out where it would lie on another one; zooming in makes room.
  let placed = [];
  const put = (at, text, kind, size) => {
    const p = map.latLngToContainerPoint(at), w = text.length * size * (/[\u2e80-\uffff]/.test(text) ? 1 : 0.62) / 2 + 2, h = size / 2 + 2;
    const hit = placed.some((q) => Math.abs(q.x - p.x) < q.w + w && Math.abs(q.y - p.y) < q.h + h);
    if (hit) return 0;
    placed.push({ x: p.x, y: p.y, w, h });
    names.addLayer(label(at, text, kind));
    return 1;
  };
  const relabel = () => {
    names.clearLayers(); placed = [];
    const zoom = map.getZoom(), view = map.getBounds().pad(0.1);
    if (zoom < 14) {
      for (const f of data.districts.features) if (view.contains(f.properties.at)) put(f.properties.at, f.properties.name, "district", 12);
      return;
    }
    let count = 0;
    for (const f of data.enumeration_areas.features) {
      if (count < 1200 && f.properties.at && view.contains(f.properties.at)) count += put(f.properties.at, f.properties.serial, "ea", 12);
    }
    if (zoom >= 18 && data.dwelling_parts && map.hasLayer(groups.buildings)) for (const f of data.dwelling_parts.features) {
      if (count < 1600 && view.contains(f.properties.at)) count += put(f.properties.at, f.properties.number_label, "number", 10);
    }
  };
  const legend = () => {
    const signs = { eas: { color: "#b02020", weight: 1.6, fill: tints[0] }, districts: edge };
    if (data.dwelling_parts) signs.buildings = { color: "#6b5a4a", weight: 0.6, fill: "#b9a08a" };
    const here = (name) => new Set(data[name].features.map((f) => f.properties.s));
    for (const key of here("context_lines")) if (lineStyle[key]) signs[key] = lineStyle[key];
    for (const key of here("context_areas")) if (areaStyle[key]) signs[key] = { color: "none", fill: areaStyle[key] };
    for (const [key, s] of Object.entries(signs)) {
      const row = document.createElement("div"), svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const line = document.createElementNS(svg.namespaceURI, "path");
      svg.setAttribute("viewBox", "0 0 30 14"); svg.setAttribute("aria-hidden", "true");
      const as = { d: "fill" in s && s.fill ? "M2 2H28V12H2Z" : "M1 7H29", stroke: s.color, "stroke-width": s.weight ?? 0, "stroke-dasharray": s.dashArray ?? "none", fill: s.fill || "none" };
      for (const [name, value] of Object.entries(as)) line.setAttribute(name, value);
      svg.append(line); row.append(svg, words.legend[key] ?? key); document.getElementById("cg-legend").append(row);
    }
  };
  const overlays = {};
  for (const [key, group] of Object.entries(groups)) { group.addTo(map); overlays[words.layers[key]] = group; }
  names.addTo(map); overlays[words.layers.names] = names;
  L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  const chooser = L.control.layers(null, overlays, { collapsed: true }).addTo(map);
  const toggle = chooser.getContainer().querySelector("a");
  toggle.title = words.layers_title; toggle.setAttribute("aria-label", words.layers_title);
  L.control.scale({ imperial: false }).addTo(map);
  const north = L.control({ position: "bottomleft" });
  north.onAdd = () => { const sign = L.DomUtil.create("div", "cg-north"); sign.textContent = "↑ " + words.north; return sign; };
  north.addTo(map);
  legend();
  map.on("moveend layeradd layerremove", (event) => { if (event.layer === undefined || event.layer === groups.buildings) relabel(); });
  map.options.zoomSnap = 0.25;  // whole steps would leave the first view half empty
  const whole = groups.districts.getBounds();
  if (whole.isValid()) map.fitBounds(whole, { paddingTopLeft: beside(), paddingBottomRight: [60, 10] });
  // On paper the ground in view fills a sheet in landscape, whatever the window was.
  let seen = null;
  const resized = (print) => {
    if (print === (seen !== null)) return;
    if (print) seen = map.getBounds();
    document.body.classList.toggle("cg-paper", print);
    map.invalidateSize({ animate: false, pan: false });
    map.fitBounds(seen, { animate: false });
    if (!print) seen = null;
  };
  addEventListener("beforeprint", () => resized(true));
  addEventListener("afterprint", () => resized(false));
  // Enter again goes on to the next EA that fits.
  const every = [...data.enumeration_areas.features, ...data.placeless.features].map((f) => f.properties);
  const found = (asked) => {
    const same = every.filter((p) => p.ea_code === asked);
    return same.length ? same : every.filter((p) => p.ea_code.endsWith(asked) || [p.name, p.district].some((text) => (text ?? "").includes(asked)));
  };
  let last = null, nth = -1, hits = [];
  const field = document.getElementById("cg-search");
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const asked = field.value.trim();
    if (asked !== last) { last = asked; nth = -1; hits = asked ? found(asked) : []; }
    if (!hits.length) { show([[words.none, asked]]); return; }
    nth = (nth + 1) % hits.length;
    const hit = hits[nth], item = byCode.get(hit.ea_code);
    if (item) choose(item, true); else show(rowsOf(hit));
    if (hits.length > 1) show([[words.hit, `${nth + 1} / ${hits.length}`], ...rowsOf(hit)]);
  });
  map.on("zoomend", restyle);
  restyle(); relabel();
}
