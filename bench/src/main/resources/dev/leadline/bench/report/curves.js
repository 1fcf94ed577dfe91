// Makes curves pictures that can be looked into: a readout under the pointer or the slider, and zooming. Without scripts, and on paper, the
// static pictures stay.
(() => {
  const data = JSON.parse(document.getElementById('curves').textContent);
  const number = new Intl.NumberFormat(document.documentElement.lang, {maximumSignificantDigits: 4});
  const colour = variable => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
  const millis = y => (y == null ? '-' : number.format(y) + ' ms');

  const percents = [0, 50, 90, 99, 99.9, 99.99, 99.999];
  const decade = percent => -Math.log10(1 - percent / 100);
  // As many digits as the place on the axis can tell apart: p50, p99.2, p99.95.
  const percentile = x => {
    const digits = Math.max(0, Math.ceil(x) - 1);
    return 'p' + new Intl.NumberFormat(document.documentElement.lang, {maximumFractionDigits: digits}).format(100 * (1 - 10 ** -x));
  };
  const kinds = {
    percentile: {label: data.percentile, name: percentile, ticks: {splits: (u, axis, min, max) => percents.map(decade).filter(x => x >= min && x <= max)}},
    time: {label: data.seconds, name: x => number.format(x) + ' s', ticks: {}},
  };

  const draw = (chart, figure) => {
    const kind = kinds[chart.kind];
    const host = document.createElement('div');
    figure.querySelector('svg').after(host);
    figure.classList.add('interactive');
    const axis = {stroke: colour('--soft'), grid: {stroke: colour('--grid'), width: 1}, ticks: {show: false}, font: '12px system-ui, sans-serif'};
    const slider = document.createElement('input');
    const start = chart.kind === 'percentile' ? chart.x.findIndex(x => x >= decade(99) - 1e-9) : 0;
    Object.assign(slider, {type: 'range', min: 0, max: chart.x.length - 1, value: start < 0 ? chart.x.length - 1 : start});
    slider.setAttribute('aria-label', `${kind.label}, ${chart.path}`);
    const read = plot => {
      const x = chart.x[slider.value];
      plot.setCursor({left: plot.valToPos(x, 'x'), top: 0});
      slider.setAttribute('aria-valuetext', [kind.name(x), ...chart.series.map(s => `${s.name} ${millis(s.millis[slider.value])}`)].join(', '));
    };
    const plot = new uPlot({
      width: host.clientWidth,
      height: 250,
      scales: {x: {time: false}, y: {range: (u, min, max) => [0, max * 1.05 || 1]}},
      axes: [
        {...axis, ...kind.ticks, values: (u, xs) => xs.map(kind.name)},
        {...axis, size: 56, values: (u, ys) => ys.map(y => number.format(y))},
      ],
      series: [
        {label: kind.label, value: (u, x) => (x == null ? '-' : kind.name(x))},
        ...chart.series.map(s => ({
          label: s.name, stroke: colour('--s' + (s.colour % 8)), width: s.dashed ? 1.2 : 2, dash: s.dashed ? [4, 3] : [],
          value: (u, y) => millis(y), points: {show: false},
        })),
      ],
      cursor: {y: false},
      hooks: {ready: [read]}, // before that there are no places to read at
    }, [chart.x, ...chart.series.map(s => s.millis)], host);

    slider.addEventListener('input', () => read(plot));
    host.append(slider);
    return () => { plot.destroy(); host.remove(); };
  };

  const figures = [...document.querySelectorAll('figure.curves')];
  let drawn = [];
  const drawAll = () => {
    drawn.forEach(remove => remove());
    drawn = figures.map((figure, i) => draw(data.charts[i], figure));
  };
  drawAll();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  let width = innerWidth;
  addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; drawAll(); } });
})();
