/* Charts: every element with data-chart="<id of a JSON block>" becomes an ECharts picture.
   The block holds {kind, labels, series: [{name, values}], unit, links, …}; an unknown value is null.
   The tooltip is drawn as rich text, because HTML tooltips write inline styles. */
(function () {
  "use strict";

  const INK = "#1d2733", MUTED = "#5a6672", LINE = "#dce1e6", AMBER = "#e69a00", UNKNOWN = "#e4e7ea";
  const COLOURS = ["#1a56a6", "#5d6b79", "#2f8f9d", "#8a5a9e", "#7a8f2a"];
  const SCALE = ["#f0f5fb", "#dbe8f6", "#bed6ef", "#9cc0e6", "#7aa9db", "#5a91cf"];
  const FONT = getComputedStyle(document.documentElement).getPropertyValue("--fonts") || "sans-serif";
  const number = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 2 });
  const rate = new Intl.NumberFormat("zh-CN", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

  const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);

  function text(value, unit) {
    if (!known(value)) return "—";
    return unit === "%" ? rate.format(value) + "%" : number.format(value) + (unit ? " " + unit : "");
  }

  function short(value, unit) {
    return known(value) ? (unit === "%" ? rate : number).format(value) : "—";
  }

  const isOver = (data, value) => data.unit === "%" && known(value) && value > 100;

  function mark(data, value, index) {
    const warned = (data.warn || []).includes(index) || isOver(data, value);
    return warned
      ? { value: value, itemStyle: { color: AMBER, decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: 0.8, color: "rgba(255,255,255,.55)" } } }
      : { value: value };
  }

  function common(data) {
    return {
      animation: false,
      color: COLOURS,
      textStyle: { fontFamily: FONT, color: INK },
      grid: { left: 8, right: 20, top: data.series.length > 1 || data.unit ? 36 : 16, bottom: 8, containLabel: true },
      legend: data.series.length > 1 ? { top: 0, right: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: INK } } : undefined,
      tooltip: { renderMode: "richText", confine: true, backgroundColor: "#fff", borderColor: LINE, textStyle: { color: INK, fontFamily: FONT, fontSize: 13 } },
    };
  }

  function lines(data, index) {
    const rows = data.series.map((series) => (data.series.length > 1 ? series.name + " " : "") + text(series.values[index], data.unit));
    const warning = data.series.some((series) => isOver(data, series.values[index])) ? ["分子大于分母，待核"] : [];
    return [data.labels[index]].concat(rows, warning).join("\n");
  }

  // A name that would run over the lines of its neighbours; pointing at the bar tells it whole.
  function cut(name, length) {
    return name.length > length ? name.slice(0, length - 1) + "…" : name;
  }

  function categories(labels, more) {
    return Object.assign({ type: "category", data: labels, axisLine: { lineStyle: { color: "#b9c2cb" } }, axisTick: { show: false }, axisLabel: { color: MUTED, hideOverlap: true } }, more);
  }

  function values(data, more) {
    return Object.assign({
      type: "value", name: data.unit ? "单位：" + data.unit : "", nameTextStyle: { color: MUTED, align: "left" }, nameGap: 14,
      axisLabel: { color: MUTED, formatter: (value) => number.format(value) }, splitLine: { lineStyle: { color: "#edf0f2" } },
    }, more);
  }

  function target(data, axis) {
    if (!known(data.target)) return undefined;
    return { silent: true, symbol: "none", lineStyle: { color: INK, type: "dashed" }, data: [{ [axis]: data.target }],
      label: { formatter: "目标 " + text(data.target, data.unit), color: INK, position: axis === "xAxis" ? "start" : "insideEndTop" } };
  }

  const twoLines = (label) => label.replace(/^(\d{4}年)(.+)$/, "$1\n$2");

  function trend(data) {
    return Object.assign(common(data), {
      xAxis: categories(data.labels.map(twoLines), { boundaryGap: true, axisLabel: { color: MUTED, interval: 0, fontSize: 11, lineHeight: 14, hideOverlap: true } }),
      yAxis: values(data, { scale: true }),
      tooltip: Object.assign(common(data).tooltip, { trigger: "axis", formatter: (points) => lines(data, points[0].dataIndex) }),
      series: data.series.map((series, at) => ({
        name: series.name, type: "line", symbol: ["circle", "rect", "triangle", "diamond"][at % 4], symbolSize: 7, lineStyle: { width: 2, type: at === 0 ? "solid" : "dashed" },
        connectNulls: false, data: series.values.map((value, index) => mark(data, value, index)),
        label: { show: data.series.length < 3, position: at === 0 ? "top" : "bottom", color: INK, formatter: (point) => short(point.value, data.unit) },
        labelLayout: { hideOverlap: true }, markLine: at === 0 ? target(data, "yAxis") : undefined,
      })),
    });
  }

  function ranking(data, isNarrow) {
    const option = common(data), longest = Math.max(...data.series.flatMap((series) => series.values.filter(known)));
    // Bars of a phone are short: a number stands inside only where it has room.
    const room = isNarrow ? 0.6 : 1 / 3;
    const inside = (value, index) => known(value) && value > longest * room && !mark(data, value, index).itemStyle;
    const placed = (value, index) => Object.assign(mark(data, value, index), { label: inside(value, index) ? { position: "insideRight", color: "#fff" } : { position: "right", color: INK } });
    return Object.assign(option, {
      grid: Object.assign(option.grid, { top: known(data.target) ? 24 : 8, right: 64 }),
      xAxis: values(data, { name: "", min: 0, axisLabel: { show: false }, splitLine: { show: false } }),
      yAxis: categories(isNarrow ? data.labels.map((name) => cut(name, 20)) : data.labels, { inverse: true, axisLabel: isNarrow ? { color: INK, interval: 0, width: 112, overflow: "break", fontSize: 10, lineHeight: 11 } : { color: INK, interval: 0, width: 210, overflow: "truncate" } }),
      tooltip: Object.assign(option.tooltip, { formatter: (point) => lines(data, point.dataIndex) }),
      series: data.series.map((series, at) => ({
        name: series.name, type: "bar", barMaxWidth: 16, data: series.values.map(placed),
        label: { show: true, fontSize: 11, formatter: (point) => text(point.value, data.unit) },
        markLine: at === 0 ? target(data, "xAxis") : undefined,
      })),
    });
  }

  function waterfall(data, isNarrow) {
    const amounts = data.series[0].values, totals = data.totals || [];
    let running = 0;
    const floors = [], heights = [];
    amounts.forEach(function (amount, index) {
      const start = totals.includes(index) ? 0 : running;
      const end = start + (amount || 0);
      floors.push(Math.min(start, end));
      heights.push(Math.abs(end - start));
      running = end;
    });
    const option = common(data);
    const names = categories(data.labels.map((name) => cut(name, 24)), { inverse: isNarrow, axisLabel: { color: INK, interval: 0, width: isNarrow ? 110 : 92, lineHeight: 14, overflow: "break" } });
    const sums = values(data, isNarrow ? { name: "", axisLabel: { show: false }, splitLine: { show: false } } : { nameGap: 28 });
    const paint = (height, index) => (totals.includes(index) && !(data.warn || []).includes(index) ? { value: height, itemStyle: { color: "#5d6b79" } } : mark(data, height, index));
    return Object.assign(option, {
      grid: Object.assign(option.grid, isNarrow ? { top: 8, right: 80 } : { top: 48 }),
      xAxis: isNarrow ? sums : names,
      yAxis: isNarrow ? names : sums,
      tooltip: Object.assign(option.tooltip, { formatter: (point) => lines(data, point.dataIndex) }),
      series: [
        { type: "bar", stack: "all", silent: true, itemStyle: { color: "transparent" }, data: floors },
        { type: "bar", stack: "all", name: data.series[0].name, barMaxWidth: 64, data: heights.map(paint),
          label: { show: true, position: isNarrow ? "right" : "top", color: INK, formatter: (point) => (isNarrow ? text : short)(amounts[point.dataIndex], data.unit) } },
      ],
    });
  }

  function daily(data) {
    const option = common(data);
    return Object.assign(option, {
      xAxis: categories(data.labels),
      yAxis: values(data),
      tooltip: Object.assign(option.tooltip, { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (points) => lines(data, points[0].dataIndex) }),
      series: data.series.map((series) => ({
        name: series.name, type: "bar", stack: "day", barMaxWidth: 28, data: series.values,
        label: { show: data.series.length === 1 && data.labels.length <= 31, position: "top", color: INK, fontSize: 10, formatter: (point) => short(point.value, data.unit) },
        labelLayout: { hideOverlap: true },
      })),
    });
  }

  function shortName(name) {
    const plain = name.replace(/(回族|土族|撒拉族|藏族|蒙古族|哈萨克族)*自治[县州]$|行政委员会$/, "");
    return plain === name && name.length > 2 ? name.replace(/[县市区]$/, "") : plain;
  }

  function bands(data) {
    if (data.bands) return data.bands;
    const sorted = data.series[0].values.filter(known).sort((a, b) => a - b);
    const cuts = [0.2, 0.4, 0.6, 0.8].map((part) => Number((sorted[Math.floor(part * sorted.length)] || 0).toPrecision(2)));
    return Array.from(new Set(cuts));
  }

  function pieces(data) {
    const cuts = bands(data), unit = data.unit || "";
    const colours = SCALE.slice(Math.max(0, SCALE.length - cuts.length - 1));
    const found = [{ lt: cuts[0], label: "低于 " + number.format(cuts[0]) + unit, color: colours[0] }];
    cuts.forEach(function (cut, index) {
      const next = cuts[index + 1];
      if (next !== undefined) found.push({ gte: cut, lt: next, label: number.format(cut) + "–" + number.format(next) + unit, color: colours[index + 1] });
      else if (unit === "%") found.push({ gte: cut, lte: 100, label: number.format(cut) + "–100%", color: colours[index + 1] });
      else found.push({ gte: cut, label: number.format(cut) + unit + " 及以上", color: colours[index + 1] });
    });
    if (unit === "%") found.push({ gt: 100, label: "高于 100%，待核", color: AMBER });
    return found.reverse();
  }

  function map(data, isNarrow) {
    const legend = isNarrow
      ? { left: 0, bottom: 0, orient: "vertical", itemGap: 3, textStyle: { color: INK, fontSize: 11 } }
      : { left: "center", bottom: 0, orient: "horizontal", itemGap: 10, textStyle: { color: INK } };
    const option = common(data);
    const series = data.series[0];
    delete option.grid;
    delete option.legend;
    return Object.assign(option, {
      tooltip: Object.assign(option.tooltip, { formatter: (point) => (point.dataIndex >= 0 ? lines(data, point.dataIndex) : "") }),
      visualMap: Object.assign({ type: "piecewise", align: "left", itemWidth: 16, itemHeight: 12, pieces: pieces(data), outOfRange: { color: UNKNOWN }, hoverLink: false, selectedMode: false, showLabel: true }, legend),
      graphic: series.values.some((value) => !known(value))
        ? [{ type: "text", left: 4, top: 4, style: { text: "灰色：" + (data.unknown || "缺数据"), fill: MUTED, font: "12px " + FONT } }] : undefined,
      series: [{
        name: series.name, type: "map", map: "counties", nameProperty: "code", aspectScale: 0.81, preserveAspect: true, left: 8, right: 8, top: 20, bottom: isNarrow ? 120 : 36, selectedMode: false,
        itemStyle: { borderColor: "#7d8a97", borderWidth: 0.6, areaColor: UNKNOWN },
        emphasis: { itemStyle: { areaColor: null, borderColor: INK, borderWidth: 1.5 }, label: { show: true, color: INK } },
        labelLayout: (label) => ({ hideOverlap: !isOver(data, series.values[label.dataIndex]) }),
        data: series.values.map((value, index) => ({
          name: data.codes[index], value: known(value) ? value : NaN,
          label: { show: true, fontSize: isNarrow ? 9 : 11, lineHeight: 13, color: INK, textBorderColor: "rgba(255,255,255,.6)", textBorderWidth: 1.5,
            formatter: shortName(data.labels[index]) + (isNarrow ? "" : "\n" + short(value, data.unit)) },
        })),
      }],
    });
  }

  /* More names than this would hide the dots; pointing at a dot still tells which it is. */
  const NAMED = 60;

  function places(data, isNarrow) {
    const option = common(data), series = data.series[0], most = Math.max(1, ...series.values);
    delete option.grid;
    delete option.legend;
    return Object.assign(option, {
      tooltip: Object.assign(option.tooltip, { formatter: (point) => (point.componentType === "series" ? lines(data, point.dataIndex) : "") }),
      geo: { map: "county-" + data.code, aspectScale: 0.81, layoutCenter: ["50%", "50%"], layoutSize: "96%", silent: true, itemStyle: { areaColor: "#f0f5fb", borderColor: "#7d8a97", borderWidth: 1 } },
      series: [{
        name: series.name, type: "scatter", coordinateSystem: "geo",
        data: data.points.map((point, index) => ({
          value: point.concat(series.values[index]),
          symbolSize: (isNarrow ? 4 : 6) + 10 * Math.sqrt(series.values[index] / most),
          itemStyle: (data.muted || []).includes(index) ? { color: "#fff", borderColor: COLOURS[0], borderWidth: 2 } : { color: COLOURS[0], opacity: 0.8 },
        })),
        label: { show: !isNarrow && data.points.length <= NAMED, position: "right", color: INK, fontSize: 10, textBorderColor: "#fff", textBorderWidth: 2, formatter: (point) => data.labels[point.dataIndex] },
        labelLayout: { hideOverlap: true },
      }],
    });
  }

  const KINDS = { places: places, trend: trend, ranking: ranking, waterfall: waterfall, daily: daily, map: map };

  function height(element, data) {
    if (data.kind === "ranking") element.style.height = Math.max(120, data.labels.length * 23 + 36) + "px";
  }

  const NARROW = { map: 640, ranking: 420 };

  function show(element, data) {
    height(element, data);
    const chart = window.echarts.init(element, null, { renderer: "svg", locale: "ZH" });

    function fit() {
      chart.setOption(KINDS[data.kind](data, element.clientWidth < (NARROW[data.kind] || 560)), true);
      /* On paper the picture is scaled to the page, which a viewBox makes possible. */
      element.querySelector("svg").setAttribute("viewBox", "0 0 " + chart.getWidth() + " " + chart.getHeight());
    }

    if (data.links) {
      chart.on("click", function (point) {
        const link = data.links[point.dataIndex];
        if (link) window.location.assign(link);
      });
    }
    fit();
    new ResizeObserver(() => { chart.resize(); fit(); }).observe(element);
  }

  function geography(address) {
    if (window.echarts.getMap("counties")) return Promise.resolve();
    return fetch(address, { credentials: "same-origin" }).then((answer) => answer.json()).then((shapes) => window.echarts.registerMap("counties", shapes));
  }

  /* One county by itself; a county without an outline is an error, and the list says everything. */
  function outline(address, code) {
    return geography(address).then(function () {
      const shapes = window.echarts.getMap("counties").geoJSON;
      const own = shapes.features.filter((shape) => shape.properties.code === code);
      if (!own.length) throw new Error("no outline of " + code);
      window.echarts.registerMap("county-" + code, { type: "FeatureCollection", features: own });
    });
  }

  function prepared(element, data) {
    if (data.kind === "map") return geography(element.dataset.geo);
    return data.kind === "places" ? outline(element.dataset.geo, data.code) : Promise.resolve();
  }

  function draw(root) {
    root.querySelectorAll("[data-chart]:not([data-drawn])").forEach(function (element) {
      const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
      element.dataset.drawn = "";
      prepared(element, data).then(() => show(element, data)).catch(function () {
        element.textContent = "图没有画出来，请看下面的数字。";
      });
    });
  }

  draw(document);
  document.addEventListener("htmx:load", (event) => draw(event.target));
  window.addEventListener("beforeprint", () => document.querySelectorAll(".chart-numbers").forEach((numbers) => { numbers.open = true; }));
})();
