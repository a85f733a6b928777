"use strict";
// Draws PICTURE with uPlot. COMPILED holds the schedules as schedc compiled them, one function each:
// whatever the page shows beyond the points that came with it, they say.
const COLOURS = PICTURE.colours;
const MARKS = PICTURE.marks;
const UNITS = PICTURE.units;
const MOST = 1600; // points across a view
const plots = [];
let log = PICTURE.log;
let view = [0, PICTURE.length];

const element = (name, classes, text) => {
    const made = document.createElement(name);
    if (classes) made.className = classes;
    if (text !== undefined) made.textContent = text;
    return made;
};
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const grouped = (k) => k.toLocaleString("en-US", { maximumFractionDigits: 6 });
const short = (k) => {
    for (const [size, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e4, "k"]]) {
        if (Math.abs(k) >= size) {
            return Number((k / (letter === "k" ? 1e3 : size)).toPrecision(6)) + letter;
        }
    }
    return grouped(k);
};
const number = (v) => {
    if (v === 0 || v === null) return "0";
    const size = Math.abs(v);
    const text = size < 1e-3 || size >= 1e6 ? v.toExponential(6) : v.toPrecision(7);
    return text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "").replace("e+", "e");
};

// ---- points

function between(positions, values, k) {
    let low = 0;
    let high = positions.length - 1;
    while (low + 1 < high) {
        const middle = (low + high) >> 1;
        if (positions[middle] <= k) low = middle;
        else high = middle;
    }
    const [a, b] = [positions[low], positions[high]];
    const share = a === b ? 0 : (k - a) / (b - a);
    return values[low] + share * (values[high] - values[low]);
}

// The points of a panel in the view: those that came with the page, and updates as fine as pixels.
function points(panel) {
    const [low, high] = view;
    const [first, last] = [Math.max(0, Math.floor(low)), Math.min(PICTURE.length, Math.ceil(high))];
    const step = Math.max(1, Math.floor((last - first) / MOST));
    const wanted = [];
    for (let k = first; k < last; k += step) wanted.push([k, null]);
    wanted.push([last, null]);
    panel.at.forEach((k, i) => {
        const kept = !Number.isInteger(k) || panel.at[i - 1] === k || panel.at[i + 1] === k;
        if (kept && k >= first && k <= last) wanted.push([k, i]); // a jump, or between two updates
        else if (k > first && k < last && step > 1) wanted.push([k, i]);
    });
    wanted.sort((a, b) => a[0] - b[0] || (a[1] ?? -1) - (b[1] ?? -1));
    const chosen = wanted.filter(([k, i], n) => {
        const beside = wanted[n + 1];
        if (i === null) return !beside || beside[0] !== k;
        return true;
    });
    const rows = panel.lines.map((line) =>
        chosen.map(([k, i]) => (i === null ? COMPILED[line.compiled](k) : line.values[i]))
    );
    return [chosen.map(([k]) => k), ...rows];
}

const shown = (rows) =>
    log ? rows.map((row, i) => (i ? row.map((v) => (v > 0 ? v : null)) : row)) : rows;

// ---- the parts of a panel

// Dashed lines at the boundaries, and above the plot what joins there, as far as there is room.
function boundaries(panel) {
    return (plot) => {
        const { ctx, bbox } = plot;
        const ratio = devicePixelRatio;
        ctx.save();
        ctx.font = `${11 * ratio}px system-ui, sans-serif`;
        ctx.textAlign = "left";
        ctx.textBaseline = "bottom";
        const free = [-Infinity, -Infinity];
        for (const mark of panel.marks) {
            if (mark.at < plot.scales.x.min || mark.at > plot.scales.x.max) continue;
            const x = Math.round(plot.valToPos(mark.at, "x", true));
            ctx.strokeStyle = ctx.fillStyle = MARKS[mark.kind];
            ctx.globalAlpha = mark.kind === "continuous" ? 0.7 : 1;
            ctx.setLineDash([4 * ratio, 3 * ratio]);
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
            ctx.globalAlpha = 1;
            const width = ctx.measureText(mark.text).width;
            const start = Math.min(x, bbox.left + bbox.width - width);
            const row = free.findIndex((end) => start > end + 6 * ratio);
            if (row >= 0) {
                ctx.fillText(mark.text, start, bbox.top - (3 + 14 * row) * ratio);
                free[row] = start + width;
            }
        }
        ctx.restore();
    };
}

function positionsAt(panel, k) {
    return UNITS.map(({ name, rate }) => {
        if (rate !== null) return `${name} ${grouped(Number((rate * k).toPrecision(12)))}`;
        const found = panel.positions[name];
        const exact = panel.at.indexOf(k);
        const value = exact >= 0 ? found[exact] : between(panel.at, found, k);
        return `${name} ${exact >= 0 ? "" : "≈ "}${grouped(Number(value.toPrecision(9)))}`;
    });
}

function readout(panel, place, plot, index) {
    place.replaceChildren();
    if (index === null || index === undefined) {
        place.textContent = "Point at the curve: update, epoch, tokens and value.";
        return;
    }
    const at = plot.data[0];
    const k = at[index];
    const first = at[index - 1] === k ? index - 1 : index;
    const last = at[index + 1] === k ? index + 1 : index;
    const say = (text, colour) => {
        const cell = element("span", "value", text);
        if (colour) cell.style.color = colour;
        place.append(cell, " ");
    };
    say(`update ${grouped(k)}`);
    positionsAt(panel, k).forEach((text) => say(text));
    panel.lines.forEach((line, i) => {
        const [before, after] = [plot.rows[i + 1][first], plot.rows[i + 1][last]];
        const value = before === after ? number(after) : `${number(before)} → ${number(after)}`;
        say(`${line.label} = ${value}`, COLOURS[i % COLOURS.length]);
    });
    const other = panel.lines.findIndex((line) => line.origin === 1);
    if (other > 0 && plot.rows[1][last]) {
        say(`× ${number(plot.rows[other + 1][last] / plot.rows[1][last])}`);
    }
}

const MOST_JOINS = 60;

// The phases of a line and every join with its verdict, folded away.
function proofs(line, title) {
    const box = element("details");
    box.append(element("summary", "", title));
    const rows = element("table");
    for (const phase of line.phases) {
        const row = element("tr");
        const text = element("td");
        text.append(element("code", "", phase.text));
        row.append(text, element("td", "number", `${grouped(phase.start)} … ${grouped(phase.stop)}`));
        row.append(element("td", "number", `${number(phase.first)} → ${number(phase.last)}`));
        rows.append(row);
    }
    const joins = element("ul", "joins");
    for (const join of line.joins.slice(0, MOST_JOINS)) {
        const item = element("li", "", `at update ${grouped(join.at)}: `);
        item.append(element("span", join.kind, join.text), join.proof ? `, ${join.proof}` : "");
        joins.append(item);
    }
    const more = line.joins.length - MOST_JOINS;
    if (more > 0) joins.append(element("li", "", `and ${grouped(more)} more`));
    box.append(rows, joins);
    return box;
}

function build(panel, number_) {
    const section = element("section");
    section.dataset.panel = panel.name;
    section.append(element("h2", "", panel.name));
    const list = element("ul", "lines");
    panel.lines.forEach((line, i) => {
        const item = element("li");
        const swatch = element("span", line.origin ? "swatch other" : "swatch");
        swatch.style.borderTopColor = COLOURS[i % COLOURS.length];
        item.append(swatch);
        if (panel.lines.length > 1) item.append(element("b", "", line.label));
        item.append(element("code", "", line.text));
        list.append(item);
    });
    const chart = element("div", "chart");
    const place = element("div", "readout");
    section.append(list, chart, place);
    panel.lines.forEach((line) => {
        const which = panel.lines.length > 1 ? ` of ${line.label}` : "";
        if (line.phases.length) section.append(proofs(line, `phases and proofs${which}`));
    });
    document.querySelector("main").append(section);
    plots[number_] = { panel, chart, place, plot: null };
}

// ---- drawing

function draw(entry) {
    const { panel, chart, place } = entry;
    if (entry.plot) entry.plot.destroy();
    const axis = { stroke: style("--soft"), grid: { stroke: style("--grid"), width: 1 },
        ticks: { stroke: style("--line"), width: 1 }, font: "12px system-ui, sans-serif" };
    const rows = points(panel);
    const options = {
        width: chart.clientWidth,
        height: Math.max(220, Math.min(320, innerHeight * 0.42)),
        padding: [panel.marks.length ? 34 : 10, 20, 0, 0],
        legend: { show: false },
        scales: {
            x: { time: false, min: view[0], max: view[1] },
            y: log ? { distr: 3 } : { range: (_, low, high) => reach(low, high) },
        },
        axes: [
            { ...axis, values: (_, ticks) => ticks.map(short), space: 70 },
            { ...axis, size: 62, values: (_, ticks) => ticks.map((v) => (v === null ? "" : number(v))) },
        ],
        series: [
            {},
            ...panel.lines.map((line, i) => ({
                label: line.label, stroke: COLOURS[i % COLOURS.length], width: 2,
                dash: line.origin ? [8, 4] : undefined, points: { show: false }, pxAlign: 0,
            })),
        ],
        cursor: {
            sync: { key: "schedc" },
            drag: { x: true, y: false, setScale: false },
            bind: { dblclick: () => () => { zoom(0, PICTURE.length); return null; } },
        },
        hooks: {
            draw: [boundaries(panel)],
            setCursor: [(plot) => readout(panel, place, plot, plot.cursor.idx)],
            setSelect: [
                (plot) => {
                    const { left, width } = plot.select;
                    if (width < 4) return;
                    const [a, b] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
                    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
                    zoom(a, b);
                },
            ],
        },
    };
    entry.plot = new uPlot(options, shown(rows), chart);
    entry.plot.rows = rows;
    readout(panel, place, entry.plot, null);
}

function reach(low, high) {
    if (low === null || high === null) return [0, 1];
    if (low === high) return low === 0 ? [0, 1] : [Math.min(0, low * 1.25), Math.max(0, low * 1.25)];
    const pad = (high - low) * 0.06;
    const bottom = low >= 0 && low - pad < 0.35 * high && view[0] <= 0 ? 0 : low - pad;
    return [bottom, high + pad];
}

function zoom(low, high) {
    const least = Math.min(PICTURE.length, 4);
    if (high - low < least) [low, high] = [(low + high - least) / 2, (low + high + least) / 2];
    view = [Math.max(0, low), Math.min(PICTURE.length, high)];
    document.getElementById("reset").disabled = view[0] <= 0 && view[1] >= PICTURE.length;
    for (const entry of plots) {
        const rows = points(entry.panel);
        entry.plot.rows = rows;
        entry.plot.batch(() => {
            entry.plot.setData(shown(rows), false);
            entry.plot.setScale("x", { min: view[0], max: view[1] });
        });
    }
}

PICTURE.panels.forEach(build);
plots.forEach(draw);
const toggle = document.getElementById("log");
toggle.setAttribute("aria-pressed", String(log));
toggle.onclick = () => {
    log = !log;
    toggle.setAttribute("aria-pressed", String(log));
    plots.forEach(draw);
};
document.getElementById("reset").onclick = () => zoom(0, PICTURE.length);
let waiting = 0;
addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => plots.forEach(draw), 100);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach(draw));
