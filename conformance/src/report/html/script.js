'use strict';
// Whatever an implementation said reaches the document through textContent and setAttribute only.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const $ = id => document.getElementById(id);
  const SVG = 'http://www.w3.org/2000/svg';
  const STANDINGS = ['fail', 'error', 'inconclusive', 'warning', 'known', 'skipped', 'pass'];
  const SETTLED = ['pass', 'skipped'];
  const GLYPH = { pass: '✓', fail: '✗', warning: '!', inconclusive: '?', error: '⚠', known: '○', skipped: '–' };
  const MANY = 60;

  /** An element with attributes and children; a child that is text stays text. */
  function el(name, attributes, ...children) {
    const it = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === 'on') for (const [event, act] of Object.entries(value)) it.addEventListener(event, act);
      else if (value !== undefined && value !== null && value !== false) it.setAttribute(key, value === true ? '' : value);
    }
    it.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
    return it;
  }
  function svg(name, attributes, text) {
    const it = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) it.setAttribute(key, value);
    if (text !== undefined) it.textContent = text;
    return it;
  }
  const number = value => value.toLocaleString('en');
  const plural = (count, word) => `${number(count)} ${word}${count === 1 ? '' : 's'}`;
  const took = ms => ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : ms >= 1 ? `${Math.round(ms)} ms` : '< 1 ms';
  /** The sentence of a requirement: its backticks become code. */
  const sentence = text => text.split('`').map((part, index) => index % 2 ? el('code', {}, part) : part);

  // Colours: as the system has them, or as the reader wants them.
  const themes = ['auto', 'light', 'dark'];
  function setTheme(theme) {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const name = theme[0].toUpperCase() + theme.slice(1);
    $('theme').querySelector('span').textContent = name;
    $('theme').setAttribute('aria-label', `Colours: ${theme === 'auto' ? 'as the system has them' : theme}`);
    try { localStorage.setItem('conformance-theme', theme); } catch { /* a page from a file may have no storage */ }
  }
  let theme = 'auto';
  try { theme = themes.includes(localStorage.getItem('conformance-theme')) ? localStorage.getItem('conformance-theme') : 'auto'; } catch { /* as above */ }
  setTheme(theme);
  $('theme').addEventListener('click', () => setTheme(theme = themes[(themes.indexOf(theme) + 1) % 3]));

  $('plots').hidden = !$('plots').querySelector('.plots').firstElementChild;
  if (data.simulation) {
    $('title').textContent = 'Simulated cluster';
    $('summary').append(el('div', { class: `verdict ${data.simulation.broken ? 'fail' : 'pass'}` },
      el('p', {}, data.simulation.broken ? 'An invariant was broken' : 'No invariant was broken'),
      el('p', {}, `${data.simulation.name}, ${data.simulation.mix}, seed ${data.simulation.seed}`)));
    return;
  }

  // ---- what the run found, as objects -------------------------------------------------------------------------------------------------
  const cases = data.cases.map(([id, hunts, requirements, group]) => ({ id, hunts, requirements, group, outcomes: [] }));
  const outcomes = data.outcomes.map(([implementation, through, of, standing, ms, detail], index) => {
    const outcome = { index, implementation: data.implementations[implementation].name, again: data.again[implementation], through, of: cases[of], standing, ms, detail: detail || {} };
    outcome.key = `${outcome.of.id}@${outcome.implementation}`;
    cases[of].outcomes.push(outcome);
    return outcome;
  });
  const requirements = data.requirements.map((requirement, index) => ({ ...requirement, index, cases: [] }));
  for (const one of cases) for (const index of one.requirements) requirements[index].cases.push(one);
  for (const one of cases) {
    one.text = [one.id, one.hunts, ...one.requirements.map(index => requirements[index].sentence)].join(' ').toLowerCase();
  }
  const names = data.implementations.map(implementation => implementation.name);
  const ran = names.filter(name => outcomes.some(outcome => outcome.implementation === name));
  const groupName = Object.fromEntries(data.groups);

  function tally(list) {
    const counts = {};
    for (const outcome of list) counts[outcome.standing] = (counts[outcome.standing] || 0) + 1;
    return counts;
  }
  /** The standing that decides how a number of outcomes looks. */
  const worst = counts => STANDINGS.find(standing => counts[standing]) || 'skipped';
  /** `✓ 12`, or what did not pass first: `✗ 2 of 12`. */
  function short(counts) {
    const standing = worst(counts);
    const run = Object.entries(counts).reduce((sum, [key, count]) => sum + (key === 'skipped' ? 0 : count), 0);
    if (standing === 'pass') return `✓ ${number(counts.pass)}`;
    if (standing === 'skipped' && counts.pass) return `✓ ${number(counts.pass)}`;
    if (standing === 'skipped') return `– ${number(counts.skipped)}`;
    return `${GLYPH[standing]} ${number(counts[standing])} of ${number(run)}`;
  }
  const tone = counts => { const standing = worst(counts); return standing === 'skipped' && counts.pass ? 'pass' : standing; };
  const spoken = counts => STANDINGS.filter(standing => counts[standing]).map(standing => `${counts[standing]} ${standing}`).join(', ');

  // ---- the filters; they live in the address, so that a view can be sent to somebody --------------------------------------------------
  const state = { q: '', impl: '', through: '', profile: '', group: '', verdict: new Set(), open: '' };
  function readHash() {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const key of ['q', 'impl', 'through', 'profile', 'group', 'open']) state[key] = given.get(key) || '';
    state.verdict = new Set((given.get('verdict') || '').split(',').filter(standing => STANDINGS.includes(standing)));
  }
  function writeHash() {
    const now = new URLSearchParams();
    for (const key of ['q', 'impl', 'through', 'profile', 'group']) if (state[key]) now.set(key, state[key]);
    if (state.verdict.size) now.set('verdict', [...state.verdict].join(','));
    if (state.open) now.set('open', state.open);
    const text = now.toString();
    history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
  }
  function matchesOutcome(outcome) {
    return (!state.impl || outcome.implementation === state.impl) && (!state.through || outcome.through === state.through)
      && (!state.verdict.size || state.verdict.has(outcome.standing)) && matchesText(outcome);
  }
  function matchesText(outcome) {
    if (!state.q) return true;
    if (outcome.text === undefined) outcome.text = [outcome.implementation, ...Object.values(outcome.detail)].join(' ').toLowerCase();
    return words().every(word => outcome.of.text.includes(word) || outcome.text.includes(word));
  }
  const words = () => state.q.toLowerCase().split(/\s+/).filter(Boolean);
  function matchesRequirement(requirement) {
    return (!state.profile || requirement.profile === state.profile) && (!state.group || requirement.id.split('-')[1] === state.group);
  }
  const isNarrow = () => state.impl || state.through || state.verdict.size;

  // ---- summary ------------------------------------------------------------------------------------------------------------------------
  function summary() {
    const { counts, about } = data;
    const [kind, line] = counts.fail ? ['fail', `Not conformant: ${plural(counts.fail, 'case')} ${counts.fail === 1 ? 'breaks' : 'break'} a MUST`]
      : data.exitStatus === 3 ? ['error', 'No verdict: the suite or an adapter broke, or something could not be run']
      : data.exitStatus === 4 ? ['inconclusive', `No full verdict: ${plural(counts.inconclusive, 'case')} stayed inconclusive`]
      : data.stale.length ? ['fail', 'A known failure of an implementation file is none: remove its line']
      : ['pass', 'Conformant: every MUST that was tested holds'];
    const judged = requirements.filter(requirement => requirement.cases.some(one => one.outcomes.some(outcome => ['pass', 'fail', 'warning'].includes(outcome.standing)))).length;
    const also = STANDINGS.filter(standing => counts[standing]).map(standing => `${number(counts[standing])} ${{ pass: 'passed', known: 'known to fail' }[standing] || standing}`).join(', ');
    $('summary').append(el('div', { class: `verdict ${kind}` }, el('p', {}, line), el('p', {}, `${also}. ${judged} of ${requirements.length} requirements judged.`)));
    const facts = {
      Began: about.started.replace('T', ' ').replace('Z', ' UTC'), Took: took(data.seconds * 1000), Seed: about.seed, Specification: about.specification,
      Suite: about.suiteVersion, Machine: `${about.platform}, ${plural(about.processors, 'processor')}`, Java: about.jdk || 'none',
    };
    $('summary').append(el('dl', { class: 'about' }, Object.entries(facts).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, String(value))))));
    $('summary').append(el('div', { class: 'cards' }, data.implementations.map(card)));
    if (data.repeated.length) {
      $('summary').append(el('p', { class: 'note' }, `Passed only when repeated with nothing else running: ${data.repeated.join(', ')}`));
    }
  }
  function card(implementation) {
    const own = outcomes.filter(outcome => outcome.implementation === implementation.name);
    const rows = ['codec', 'core', 'wire'].map(through => [through, own.filter(outcome => outcome.through === through)]).filter(([, list]) => list.length);
    const notRun = data.notRun.filter(left => left.implementation === implementation.name);
    return el('article', { class: 'card' }, el('h3', {}, implementation.name), implementation.says ? el('p', {}, implementation.says) : null,
      el('ul', {},
        rows.map(([through, list]) => {
          const counts = tally(list);
          return el('li', {}, through === 'wire' ? 'wire (UDP)' : through, el('span', { class: `mark is-${tone(counts)}` }, short(counts)));
        }),
        notRun.map(left => el('li', {}, el('span', {}, `${left.what} not run: ${left.why}`)))));
  }

  // ---- matrix -------------------------------------------------------------------------------------------------------------------------
  function matrix() {
    if (!ran.length) return;
    $('matrix').hidden = false;
    const rows = [...data.groups.map(([code, name]) => [code, name, outcomes.filter(outcome => outcome.of.group === name)]), ['', 'all', outcomes]];
    $('matrix').querySelector('.scroll').append(el('table', { class: 'matrix' },
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Group'), ran.map(name => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, rows.filter(([, , list]) => list.length).map(([code, name, list]) => el('tr', {},
        el('th', { scope: 'row' }, code ? el('code', {}, code) : null, name),
        ran.map(implementation => cell(code, name, implementation, list.filter(outcome => outcome.implementation === implementation))))))));
  }
  function cell(code, name, implementation, list) {
    if (!list.length) return el('td', { class: 'empty' }, '·');
    const counts = tally(list);
    const bar = el('span', { class: 'bar', 'aria-hidden': 'true' }, ['pass', 'known', 'warning', 'inconclusive', 'error', 'fail', 'skipped'].filter(standing => counts[standing]).map(standing => {
      const part = el('i', { class: `bg-${standing}` });
      part.style.width = `${100 * counts[standing] / list.length}%`;
      return part;
    }));
    const show = () => {
      Object.assign(state, { impl: implementation, group: code, through: '', profile: '', q: '', open: '' });
      const bad = STANDINGS.filter(standing => !SETTLED.includes(standing)).filter(standing => counts[standing]);
      state.verdict = new Set(bad);
      update();
      $('requirements').scrollIntoView();
      $('requirements-title').setAttribute('tabindex', '-1');
      $('requirements-title').focus({ preventScroll: true });
    };
    return el('td', {}, el('button', { class: `cell is-${tone(counts)}`, type: 'button', 'aria-label': `${implementation}, ${name}: ${spoken(counts)}`, on: { click: show } }, short(counts), bar));
  }

  // ---- one case -----------------------------------------------------------------------------------------------------------------------
  function pill(outcome, place) {
    const text = `${GLYPH[outcome.standing]} ${outcome.implementation}${outcome.standing === 'pass' ? '' : ` ${outcome.standing}`}`;
    const button = el('button', { class: `pill is-${outcome.standing}`, type: 'button', 'aria-expanded': 'false', 'data-outcome': outcome.key, 'aria-label': `${outcome.implementation} ${outcome.standing}, ${outcome.of.id}` }, text);
    button.addEventListener('click', () => {
      const was = button.getAttribute('aria-expanded') === 'true';
      for (const other of button.parentElement.children) other.setAttribute('aria-expanded', 'false');
      place.replaceChildren();
      state.open = '';
      if (!was) {
        button.setAttribute('aria-expanded', 'true');
        place.append(details(outcome));
        state.open = outcome.key;
      }
      writeHash();
    });
    return button;
  }
  function caseRow(one, list) {
    const place = el('div', { class: 'place' });
    return el('div', { class: 'case' }, el('div', { class: 'name' }, one.id), one.hunts ? el('div', { class: 'hunts' }, `Hunts: ${one.hunts}`) : null,
      el('div', { class: 'pills' }, list.map(outcome => pill(outcome, place))), place);
  }
  function facts(outcome) {
    const { broken, expected, actual, reason, known } = outcome.detail;
    const rule = broken && data.requirements.find(requirement => requirement.id === broken);
    const rows = [];
    if (broken) rows.push(['Rule', el('dd', {}, el('span', { class: 'mono' }, broken), ' ', rule ? sentence(rule.sentence) : '')]);
    if (expected) rows.push(['Expected', el('dd', {}, expected)]);
    if (actual) rows.push(['Actual', el('dd', { class: 'broken' }, actual)]);
    if (known) rows.push(['Known', el('dd', {}, known)]);
    if (reason) rows.push([{ skipped: 'Skipped', error: 'Error', inconclusive: 'Open' }[outcome.standing] || 'Reason', el('dd', {}, reason)]);
    return rows;
  }
  function replay(outcome) {
    const at = outcome.again.lastIndexOf('{case}');
    const text = outcome.again.slice(0, at) + outcome.of.id + outcome.again.slice(at + 6);
    const copy = el('button', { type: 'button', 'aria-label': 'Copy the command' }, 'Copy');
    copy.addEventListener('click', async () => {
      try { await navigator.clipboard.writeText(text); copy.textContent = 'Copied'; } catch { copy.textContent = 'Select it'; }
    });
    return el('dd', { class: 'replay' }, el('code', {}, text), copy);
  }
  function details(outcome, withFacts = true) {
    const rows = withFacts ? facts(outcome) : [];
    rows.push(['Through', el('dd', {}, `${outcome.through}, ${took(outcome.ms)}`)], ['Again', replay(outcome)]);
    const box = el('div', { class: 'detail' }, el('dl', { class: 'facts' }, rows.map(([name, value]) => [el('dt', {}, name), value])));
    const place = el('div', {}, el('p', { class: 'soft' }, 'Reading the datagrams …'));
    box.append(place);
    exchange(outcome).then(
      found => found ? draw(outcome, found, place) : place.replaceChildren(el('p', { class: 'soft' }, 'No datagrams were written down.')),
      error => place.replaceChildren(el('p', { class: 'soft' }, `This browser cannot unpack the datagrams of cases that passed (${error.message}).`)));
    return box;
  }

  // ---- datagrams ----------------------------------------------------------------------------------------------------------------------
  let unpacked;
  function unpack() {
    unpacked = unpacked || (async () => {
      const text = $('packed').textContent.trim();
      if (!text) return null;
      const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
      return JSON.parse(await new Response(stream).text());
    })();
    return unpacked;
  }
  async function exchange(outcome) {
    let table = data.exchanges;
    if (!table.transcripts[outcome.index]) table = outcome.standing === 'pass' ? await unpack() : null;
    const row = table && table.transcripts[outcome.index];
    if (!row) return null;
    const list = [];
    for (let at = 1; at < row.length; at += 4) {
      const [length, frame, text, hex, reason, skipped, type, sender] = table.datagrams[row[at + 3]];
      const peer = row[at + 2] === null ? 'suite' : table.peers[row[at + 2]];
      list.push({ at: row[at], sent: row[at + 1] === 1, peer, length, frame, text, hex, reason, skipped, sender, kind: reason || type });
    }
    return { list, leftOut: row[0] };
  }
  /** JSON text with line breaks, where it is whole. */
  function pretty(text) {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  }
  const hexOf = datagram => datagram.hex !== null ? datagram.hex
    : [...new TextEncoder().encode(datagram.text)].map(byte => byte.toString(16).padStart(2, '0')).join('');

  function draw(outcome, { list, leftOut }, place) {
    const items = el('ol', { class: 'datagrams' });
    const rows = list.map((datagram, index) => item(datagram, index ? datagram.at - list[index - 1].at : 0));
    const box = el('div', { class: 'exchange' });
    const diagram = el('div', { class: 'diagram', role: 'region', 'aria-label': 'Sequence diagram', tabindex: '0' });
    box.append(diagram, el('div', {}, items));
    let shown = 0;
    const more = el('button', { type: 'button', class: 'more' });
    const show = upTo => {
      while (shown < Math.min(upTo, rows.length)) items.append(rows[shown++]);
      diagram.replaceChildren(sequence(outcome, list.slice(0, shown), rows, diagram));
      more.hidden = shown >= rows.length;
      more.textContent = `Show all ${rows.length}`;
    };
    more.addEventListener('click', () => show(rows.length));
    items.parentElement.append(more);
    if (leftOut) items.parentElement.append(el('p', { class: 'soft' }, `${plural(leftOut, 'datagram')} in the middle left out: the case passed.`));
    // In the document it has a width.
    place.replaceChildren(box);
    show(MANY);
  }
  function item(datagram, since) {
    const body = el('div', {});
    const preview = datagram.text === null ? hexOf(datagram).slice(0, 160) : datagram.text.slice(0, 300);
    const box = el('details', {}, el('summary', {},
      el('span', { class: 'time' }, `${number(datagram.at)} ms`), datagram.sent ? '→ ' : '← ', el('span', { class: 'kind' }, datagram.kind),
      ` ${datagram.sent ? 'to' : 'from'} ${datagram.peer} `, el('span', { class: 'soft' }, `${datagram.frame} ${number(datagram.length)} B${since ? `, +${number(since)} ms` : ''}`),
      el('span', { class: 'preview' }, preview)), body);
    box.addEventListener('toggle', () => {
      if (!box.open || body.firstChild) return;
      const text = datagram.text && pretty(datagram.text);
      if (datagram.reason) body.append(el('p', {}, `Rejected: ${datagram.reason}`));
      for (const skip of datagram.skipped) body.append(el('p', { class: 'soft' }, `Skipped: ${JSON.stringify(skip)}`));
      if (text) body.append(el('pre', {}, text));
      body.append(el('pre', {}, hexOf(datagram) + (datagram.hex !== null && datagram.hex.length < 2 * datagram.length ? ' …' : '')));
    });
    return el('li', { class: datagram.reason ? 'bad' : null }, box);
  }
  /** Lifelines of the implementation and of the suite's peers, and an arrow for each datagram. */
  function sequence(outcome, list, rows, diagram) {
    const peers = [...new Set(list.map(datagram => datagram.peer))];
    const called = {};
    for (const datagram of list) if (!datagram.sent && datagram.sender && !called[datagram.peer]) called[datagram.peer] = datagram.sender;
    const room = Math.max(280, (diagram.clientWidth || 320) - 16);
    const left = 58, right = 66, lane = Math.max(110, (room - left - 18 - right) / peers.length), step = 30, top = 46;
    const width = Math.max(room, left + 18 + lane * peers.length + right), height = top + step * (list.length + 0.6);
    const x = index => left + 18 + lane * index;
    const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${plural(list.length, 'datagram')} between ${outcome.implementation} and ${peers.join(', ')}` });
    const cut = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;
    [outcome.implementation, ...peers].forEach((who, index) => {
      picture.append(svg('line', { class: 'lane', x1: x(index), x2: x(index), y1: top - 8, y2: height - 6 }));
      const name = index === 0 ? who : called[who] || (who === 'suite' ? 'suite' : 'peer');
      picture.append(svg('text', { class: 'who', x: x(index), y: 15, 'text-anchor': 'middle' }, cut(name, 16)));
      if (index === 0) picture.append(svg('text', { class: 'where', x: x(0), y: 29, 'text-anchor': 'middle' }, 'under test'));
      else if (who !== 'suite') picture.append(svg('text', { class: 'where', x: x(index), y: 29, 'text-anchor': 'middle' }, cut(who, 21)));
    });
    list.forEach((datagram, index) => {
      const y = top + step * (index + 0.75), far = x(1 + peers.indexOf(datagram.peer));
      const [from, to] = datagram.sent ? [x(0), far] : [far, x(0)];
      const back = to > from ? -7 : 7;
      const group = svg('g', { class: datagram.reason ? 'step bad' : 'step' });
      group.append(svg('title', {}, `${datagram.at} ms: ${datagram.kind}, ${datagram.length} B`),
        svg('text', { class: 'time', x: 2, y: y + 3 }, `${datagram.at} ms`),
        svg('path', { class: 'arrow', d: `M${from} ${y}H${to + back / 2}` }),
        svg('path', { class: 'head', d: `M${to} ${y}l${back} -4v8z` }),
        svg('text', { class: 'label', x: (x(0) + Math.min(far, x(1))) / 2 + 4, y: y - 5, 'text-anchor': 'middle' }, cut(`${datagram.kind} ${datagram.length} B`, 24)));
      group.addEventListener('click', () => {
        const box = rows[index].querySelector('details');
        box.open = true;
        box.querySelector('summary').focus();
      });
      picture.append(group);
    });
    return picture;
  }

  // ---- what did not pass --------------------------------------------------------------------------------------------------------------
  function problems() {
    // One of each kind first, so that a fault with a hundred cases does not hide the others.
    const seen = {};
    const list = outcomes.filter(outcome => !SETTLED.includes(outcome.standing));
    for (const outcome of list) {
      const kind = [outcome.standing, outcome.implementation, outcome.detail.broken || outcome.of.id.split('/')[0]].join();
      outcome.turn = seen[kind] = (seen[kind] || 0) + 1;
    }
    list.sort((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) || a.turn - b.turn);
    if (!list.length && !data.stale.length) return;
    $('problems').hidden = false;
    const place = $('problems').querySelector('.list');
    for (const stale of data.stale) {
      place.append(el('article', { class: 'problem' }, el('div', { class: 'head' }, el('span', { class: 'mark is-fail' }, '✗ known failure that is none'),
        el('strong', {}, stale.place), el('span', { class: 'mono' }, stale.case)), el('pre', { class: 'stale' }, stale.why)));
    }
    let shown = 0;
    const more = el('button', { type: 'button' });
    const show = upTo => {
      for (; shown < Math.min(upTo, list.length); shown++) more.before(problem(list[shown]));
      more.hidden = shown >= list.length;
      more.textContent = `Show all ${number(list.length)}`;
    };
    more.addEventListener('click', () => show(list.length));
    place.append(more);
    show(8);
  }
  function problem(outcome) {
    const place = el('div', {});
    const button = el('button', { type: 'button', class: 'quiet', 'aria-expanded': 'false' }, 'Datagrams and how to repeat it');
    button.addEventListener('click', () => {
      const was = button.getAttribute('aria-expanded') === 'true';
      button.setAttribute('aria-expanded', String(!was));
      place.replaceChildren(...(was ? [] : [details(outcome, false)]));
    });
    return el('article', { class: 'problem', 'data-outcome': outcome.key },
      el('div', { class: 'head' }, el('span', { class: `mark is-${outcome.standing}` }, `${GLYPH[outcome.standing]} ${outcome.standing}`),
        el('strong', {}, outcome.implementation), el('span', { class: 'mono' }, outcome.of.id), el('span', { class: 'soft' }, outcome.through)),
      el('dl', { class: 'facts' }, facts(outcome).map(([name, value]) => [el('dt', {}, name), value])), button, place);
  }

  // ---- requirements -------------------------------------------------------------------------------------------------------------------
  function requirementRow(requirement, found) {
    const marks = ran.filter(name => !state.impl || name === state.impl).map(name => {
      const counts = tally(found.flatMap(([, list]) => list).filter(outcome => outcome.implementation === name));
      return Object.keys(counts).length ? el('span', { class: `mark is-${tone(counts)}` }, `${name} ${short(counts)}`) : null;
    });
    const body = el('div', { class: 'body' });
    const row = el('details', { class: 'req', id: requirement.id }, el('summary', {},
      el('span', {}, el('span', { class: 'id' }, requirement.id), el('span', { class: 'tag' }, requirement.keyword), el('span', { class: 'tag' }, requirement.profile)),
      el('span', { class: 'marks' }, marks),
      el('span', { class: 'sentence' }, sentence(requirement.sentence))), body);
    row.fill = () => {
      if (body.firstChild) return;
      if (requirement.untested) body.append(el('p', { class: 'soft' }, `${requirement.untested.kind}: ${requirement.untested.reason}`));
      if (!found.length && !requirement.untested) body.append(el('p', { class: 'soft' }, 'No case of this run tests it.'));
      let shown = 0;
      const more = el('button', { type: 'button', class: 'more' });
      const show = upTo => {
        for (; shown < Math.min(upTo, found.length); shown++) more.before(caseRow(...found[shown]));
        more.hidden = shown >= found.length;
        more.textContent = `Show all ${number(found.length)} cases`;
      };
      row.showAll = () => show(found.length);
      more.addEventListener('click', row.showAll);
      body.append(more);
      show(MANY);
    };
    row.addEventListener('toggle', () => { if (row.open) row.fill(); });
    return row;
  }
  function list() {
    const rows = [];
    let chapter = null, shownRequirements = 0;
    const seen = new Set();
    for (const requirement of requirements.filter(matchesRequirement)) {
      const found = requirement.cases.map(one => [one, one.outcomes.filter(matchesOutcome)]).filter(([, some]) => some.length);
      const speaks = words().every(word => `${requirement.id} ${requirement.sentence}`.toLowerCase().includes(word));
      if (!found.length && (isNarrow() || !speaks || requirement.cases.some(one => one.outcomes.length))) continue;
      if (requirement.chapter !== chapter) {
        chapter = requirement.chapter;
        rows.push(el('h3', {}, `${chapter} ${requirement.title}`));
      }
      // Those whose first sentence it is come first.
      found.sort(([a], [b]) => (requirements[a.requirements[0]] === requirement ? 0 : 1) - (requirements[b.requirements[0]] === requirement ? 0 : 1));
      for (const [, some] of found) for (const outcome of some) seen.add(outcome.index);
      rows.push(requirementRow(requirement, found));
      shownRequirements++;
    }
    $('list').replaceChildren(...(rows.length ? rows : [el('p', { class: 'note' }, 'Nothing matches these filters.')]));
    $('count').textContent = `${number(shownRequirements)} of ${plural(requirements.length, 'requirement')}, ${number(seen.size)} of ${plural(outcomes.length, 'outcome')}`;
    const rowsOpen = [...$('list').querySelectorAll('.req')];
    if (rowsOpen.length <= 3 && (isNarrow() || state.q)) for (const row of rowsOpen) row.open = true;
  }
  function showOpen() {
    const outcome = outcomes.find(one => one.key === state.open);
    if (!outcome) return;
    const requirement = requirements[outcome.of.requirements[0]];
    const row = requirement && $(requirement.id);
    if (!row) return;
    row.open = true;
    row.fill();
    row.showAll();
    const button = [...row.querySelectorAll('.pill')].find(one => one.dataset.outcome === outcome.key);
    if (!button) return;
    if (button.getAttribute('aria-expanded') !== 'true') button.click();
    button.scrollIntoView({ block: 'start' });
  }

  function update() {
    for (const key of ['impl', 'through', 'profile', 'group', 'q']) if ($(key).value !== state[key]) $(key).value = state[key];
    for (const chip of $('verdicts').querySelectorAll('.chip')) {
      const pressed = state.verdict.has(chip.dataset.standing);
      chip.setAttribute('aria-pressed', String(pressed));
      chip.className = pressed ? `chip is-${chip.dataset.standing}` : 'chip';
    }
    $('clear').hidden = !(state.q || state.profile || state.group || isNarrow());
    writeHash();
    list();
  }
  function filters() {
    const options = (id, first, entries) => {
      $(id).append(el('option', { value: '' }, first), ...entries.map(([value, text]) => el('option', { value }, text)));
      $(id).addEventListener('change', () => { state[id] = $(id).value; state.open = ''; update(); });
    };
    options('impl', 'all', ran.map(name => [name, name]));
    options('through', 'all ways', ['codec', 'core', 'wire'].map(way => [way, way]));
    options('profile', 'all', [...new Set(requirements.map(requirement => requirement.profile))].map(name => [name, name]));
    options('group', 'all', data.groups.map(([code, name]) => [code, name]));
    const counts = tally(outcomes);
    $('verdicts').append(...STANDINGS.filter(standing => counts[standing]).map(standing => el('button', {
      type: 'button', class: 'chip', 'aria-pressed': 'false', 'data-standing': standing, on: { click: () => {
        if (!state.verdict.delete(standing)) state.verdict.add(standing);
        state.open = '';
        update();
      } },
    }, `${GLYPH[standing]} ${standing} ${number(counts[standing])}`)));
    let waiting;
    $('q').addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { state.q = $('q').value; state.open = ''; update(); }, 150);
    });
    $('filters').addEventListener('submit', event => event.preventDefault());
    $('clear').addEventListener('click', () => {
      Object.assign(state, { q: '', impl: '', through: '', profile: '', group: '', open: '' });
      state.verdict.clear();
      update();
      $('q').focus();
    });
    document.addEventListener('keydown', event => {
      if (event.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
        event.preventDefault();
        $('q').focus();
      }
    });
  }

  summary();
  matrix();
  problems();
  $('requirements').hidden = false;
  filters();
  readHash();
  update();
  showOpen();
  window.addEventListener('hashchange', () => { readHash(); update(); showOpen(); });
  const kinds = Object.keys(groupName).length;
  $('foot').append(`Suite ${data.about.suiteVersion}, ${plural(kinds, 'requirement group')}. Press / to search. Each command repeats its case with the same seed.`);
})();
