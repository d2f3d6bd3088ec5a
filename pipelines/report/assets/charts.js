// Reads a chart point by point, in the words of its table: with the arrow keys, a pointer or a finger.
// Pages work without it. It takes a <figure> with pictures of class "chart", whose marks say with data-row which row of
// the figure's table they draw, and adds what a screen reader knows as a slider. Nothing is fetched, and no HTML is made.
(function () {
  "use strict";

  var WORDS = {
    sv: "Läs diagrammets punkter med piltangenterna: ",
    en: "Read the chart's points with the arrow keys: "
  };
  var NEAR = 40; // pixels from a mark within which a pointer means it

  function element(name, className, attributes) {
    var made = document.createElement(name);
    made.className = className;
    Object.keys(attributes || {}).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    return made;
  }

  function texts(cells) {
    return Array.prototype.map.call(cells, function (cell) { return cell.textContent.trim(); });
  }

  function enhance(figure) {
    var table = figure.querySelector("table");
    var pictures = figure.querySelectorAll("svg.chart");
    if (!table || !table.tHead || !table.tBodies.length || !pictures.length) { return; }
    var headings = texts(table.tHead.rows[0].cells);
    var rows = Array.prototype.map.call(table.tBodies[0].rows, function (row) { return texts(row.cells); });
    var drawn = Array.from(new Set(Array.prototype.map.call(figure.querySelectorAll("svg.chart [data-row]"), rowOf)))
      .filter(function (row) { return row < rows.length; })
      .sort(function (one, other) { return one - other; });
    if (drawn.length < 2) { return; } // one figure is read from the page itself

    var stage = element("div", "chart-stage");
    var first = figure.querySelector(".chart-panels") || pictures[0];
    first.parentNode.insertBefore(stage, first);
    if (first === pictures[0]) { pictures.forEach(function (picture) { stage.appendChild(picture); }); }
    else { stage.appendChild(first); }

    var title = figure.querySelector("figcaption strong, figcaption, svg.chart title").textContent.trim();
    var cursor = element("div", "chart-cursor", {
      role: "slider", tabindex: "0", "aria-label": (WORDS[document.documentElement.lang] || WORDS.en) + title,
      "aria-valuemin": "1", "aria-valuemax": String(drawn.length), "aria-valuenow": "1"
    });
    var tip = element("div", "chart-tip", { "aria-hidden": "true", hidden: "" });
    stage.appendChild(cursor);
    stage.appendChild(tip);
    var at = 0;
    say(0);

    function rowOf(mark) { return Number(mark.getAttribute("data-row")); }

    function marks() { // of the picture that is shown; the other one has no boxes
      var home = stage.getBoundingClientRect();
      return Array.prototype.map.call(stage.querySelectorAll("[data-row]"), function (mark) {
        var box = mark.getBoundingClientRect();
        return {
          mark: mark, row: rowOf(mark), shown: mark.getClientRects().length > 0 && (box.width > 0 || box.height > 0),
          x: box.left + box.width / 2 - home.left, y: box.top + box.height / 2 - home.top,
          far: function (x, y) { // from the nearest edge of the mark
            var across = Math.max(box.left - home.left - x, 0, x - box.right + home.left);
            var down = Math.max(box.top - home.top - y, 0, y - box.bottom + home.top);
            return Math.hypot(across, down);
          }
        };
      }).filter(function (one) { return one.shown; });
    }

    function say(index) {
      at = Math.max(0, Math.min(drawn.length - 1, index));
      var cells = rows[drawn[at]];
      var told = headings.map(function (heading, column) { return [heading, cells[column]]; })
        .filter(function (pair) { return pair[1] && pair[1] !== "–"; });
      cursor.setAttribute("aria-valuenow", String(at + 1));
      cursor.setAttribute("aria-valuetext", told.map(function (pair) { return pair.join(" "); }).join(", "));
      return told;
    }

    function show(index) {
      var told = say(index);
      tip.textContent = "";
      told.forEach(function (pair, number) {
        var line = element("div", number ? "" : "chart-tip-first");
        if (number) { line.appendChild(element("span", "")).textContent = pair[0] + " "; }
        line.appendChild(document.createTextNode(pair[1]));
        tip.appendChild(line);
      });
      stage.querySelectorAll(".chart-at").forEach(function (mark) { mark.classList.remove("chart-at"); });
      var here = marks().filter(function (one) { return one.row === drawn[at]; });
      here.forEach(function (one) { one.mark.classList.add("chart-at"); });
      tip.hidden = false;
      var place = here[here.length - 1];
      if (place) {
        var room = stage.clientWidth - tip.offsetWidth;
        tip.style.left = Math.max(0, Math.min(room, place.x - tip.offsetWidth / 2)) + "px";
        var above = place.y - tip.offsetHeight - 14;
        tip.style.top = (above >= 0 ? above : place.y + 16) + "px";
      }
    }

    function hide() {
      tip.hidden = true;
      stage.querySelectorAll(".chart-at").forEach(function (mark) { mark.classList.remove("chart-at"); });
    }

    var STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    cursor.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { hide(); return; }
      if (event.key === "Home") { show(0); }
      else if (event.key === "End") { show(drawn.length - 1); }
      else if (STEPS[event.key]) { show(at + STEPS[event.key]); }
      else { return; }
      event.preventDefault();
    });
    cursor.addEventListener("focus", function () { if (cursor.matches(":focus-visible")) { show(at); } });
    cursor.addEventListener("blur", hide);
    document.addEventListener("keydown", function (event) { if (event.key === "Escape") { hide(); } });

    function meant(event) {
      if (tip.contains(event.target)) { return; } // what was shown may be pointed at
      var home = stage.getBoundingClientRect();
      var x = event.clientX - home.left, y = event.clientY - home.top;
      var nearest = null, least = NEAR;
      marks().forEach(function (one) {
        var far = one.far(x, y);
        if (far < least) { least = far; nearest = one; }
      });
      if (nearest) { show(drawn.indexOf(nearest.row)); } else if (document.activeElement !== cursor) { hide(); }
    }
    stage.addEventListener("pointermove", meant);
    stage.addEventListener("pointerdown", meant);
    stage.addEventListener("pointerleave", function () { if (document.activeElement !== cursor) { hide(); } });
  }

  document.querySelectorAll("figure").forEach(enhance);
})();
