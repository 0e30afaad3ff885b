import { WEBKIT_GTK_SCRIPT } from './webkit-gtk-script.ts';

/**
 * What the player with a timeline does, for browsers. Times are Unix seconds.
 *
 * A time is played by a list of an hour that begins with it, and the next hour follows when it has ended: a list of a day would be
 * a megabyte, asked for again and again while it grows.
 */
export const ARCHIVE_PAGE_SCRIPT = `'use strict';
${WEBKIT_GTK_SCRIPT}
const HOUR = 3600, STATUS_MS = 10000, RETRY_MS = 2000, STEP = 10, LEAP = 60;
const video = document.getElementById('video'), timeline = document.getElementById('timeline');
const live = document.getElementById('live'), label = document.getElementById('time'), said = document.getElementById('said');
const asked = new URLSearchParams(location.search);
const given = (name) => { const text = asked.get(name); return text ? Number(text) || Date.parse(text) / 1000 : NaN; };
const from = given('from'), duration = given('duration');
/** The dashboard has its own timeline beside the frame that this page is in, and tells it what to play. */
const isControlled = asked.has('controlled') && parent !== window;
/** By choice; else the server names fragmented MP4 where players need it. */
const list = (asked.has('fmp4') ? '.fmp4' : '') + '.m3u8';
for (const name of ['from', 'duration', 'dvr', 'via', 'controlled', 'fmp4']) asked.delete(name);
let query = asked.size > 0 ? '?' + asked : '';
const isPast = Number.isFinite(from);
const back = isPast ? NaN : Number(new URLSearchParams(location.search).get('dvr')) || 0;
let known = { ranges: [], gaps: [], locks: [], unavailable: [] };
let hls, mode = '', listFrom = 0, listTo = 0, dragged, retry;
let hasLooked = false, wanted = isPast ? from : 'live';
const listed = () => listFrom + '-' + Math.max(1, listTo - listFrom);
/** Times whose codec this browser does not have: [{ from, to }]. */
const unplayable = [];

const now = () => Date.now() / 1000;
function span() {
  if (isPast) return { from, to: Number.isFinite(duration) ? from + duration : now() };
  const first = known.ranges[0] ? known.ranges[0].from : now() - HOUR;
  return { from: back > 0 ? now() - back : Math.min(first, now() - 60), to: now() };
}
function told(at) { return Number.isFinite(at) ? new Date(at * 1000).toLocaleString() : ''; }
function say(text) { if (said.textContent !== text) said.textContent = text; }

function load(url, startAt) {
  clearTimeout(retry);
  if (hls) hls.destroy();
  hls = undefined;
  if (!window.Hls || !Hls.isSupported()) { video.src = url; return; }
  hls = new Hls({ startPosition: startAt, maxBufferHole: 1, liveSyncDurationCount: 2 });
  if (isWebKitGtk) restartBuffers(hls);
  hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) failed(data); });
  hls.on(Hls.Events.FRAG_PARSING_INIT_SEGMENT, (_, { frag, tracks }) => {
    if (mode === 'past' && Object.values(tracks).some((track) => track && !isKnown(track))) passOver(frag);
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  video.play().catch(() => {});
}
function failed(data) {
  const code = data.response && data.response.code;
  if (mode === 'past' && (code === 404 || code === 503)) return skip(listFrom);
  // With the list itself, what is loaded shows which times this browser cannot play.
  if (mode === 'past' && data.details === Hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) {
    return load('video-' + listed() + list + query, 0);
  }
  retry = setTimeout(() => mode === 'live' ? playLive() : loadAgain(position() || listFrom), RETRY_MS);
}
function isKnown({ container, codec }) {
  return !codec || MediaSource.isTypeSupported(container + ';codecs="' + codec + '"');
}
/**
 * A codec that this browser does not have stops its video, also the part before it that is loaded already. So what is before it is loaded
 * again, by a list that ends there.
 */
function passOver(frag) {
  const all = hls.latestLevelDetails.fragments;
  // What stands in front of fragments of MP4 has no time of its own.
  const first = all.find(({ initSegment }) => initSegment && initSegment.url === frag.url) || frag;
  const last = all.filter((part) => part.cc === first.cc && part.sn >= first.sn).at(-1) || first;
  unplayable.push({ from: first.programDateTime / 1000, to: last.programDateTime / 1000 + last.duration });
  loadAgain(position());
}
/** The list that is loaded may go on to what cannot be played, or its player has failed: so it is not sought in. */
function loadAgain(at) {
  mode = '';
  playAt(at);
}
function skipUnplayable(part) {
  const reason = 'This browser does not have the codec of the picture from ' + told(part.from) + ' to ' + told(part.to) + '.';
  if (part.to < span().to - 1) playAt(part.to);
  else if (!isPast) playLive();
  say(reason);
}
/** To what was recorded next, or to the live picture. */
function skip(at) {
  const next = known.ranges.find((range) => range.from > at + 1);
  if (next && next.from < span().to) return playAt(next.from);
  if (isPast) return say('Nothing more is recorded of this time.');
  playLive();
}
function playLive() {
  mode = 'live';
  live.setAttribute('aria-pressed', 'true');
  say('');
  load('index' + list + query, -1);
}
function playAt(at) {
  const coded = unplayable.find((part) => part.from <= at + 1 && at < part.to);
  if (coded) return skipUnplayable(coded);
  const end = span().to;
  const bounded = Math.max(span().from, Math.min(at, end - 1));
  if (!isPast && bounded > now() - 5) return playLive();
  if (mode === 'past' && seekWithin(bounded)) return;
  mode = 'past';
  live.setAttribute('aria-pressed', 'false');
  say('');
  listFrom = Math.floor(bounded);
  const stops = unplayable.map((part) => Math.floor(part.from)).filter((stop) => stop > listFrom);
  listTo = Math.min(isPast ? Math.ceil(end) : Infinity, listFrom + HOUR, ...stops);
  load('index-' + listed() + list + query, 0);
}
/** A time, or the live picture. What is recorded bounds a time, so it waits until that was looked for. */
function play(what) {
  wanted = what;
  if (!hasLooked) return;
  if (what === 'live') playLive();
  else playAt(what);
}
/** In the list that is loaded; false: it is not in it. */
function seekWithin(at) {
  const details = hls && hls.latestLevelDetails;
  const found = details && details.fragments.find((part) =>
    part.programDateTime <= at * 1000 && at * 1000 < part.programDateTime + part.duration * 1000);
  if (!found) return false;
  video.currentTime = found.start + (at - found.programDateTime / 1000);
  video.play().catch(() => {});
  return true;
}
function position() {
  if (hls && hls.playingDate) return hls.playingDate.getTime() / 1000;
  if (hls) return mode === 'past' ? listFrom : now();
  const start = video.getStartDate ? video.getStartDate().getTime() / 1000 : NaN;
  return (Number.isFinite(start) ? start : listFrom) + video.currentTime;
}

function place(kind, part, title) {
  const { from: first, to: last } = span();
  const left = Math.max(first, part.from), right = Math.min(last, part.from + part.duration);
  if (right <= left) return;
  const bar = document.createElement('div');
  bar.className = kind;
  bar.style.left = 100 * (left - first) / (last - first) + '%';
  bar.style.width = 100 * (right - left) / (last - first) + '%';
  bar.title = title;
  timeline.append(bar);
}
const head = document.createElement('div');
head.id = 'head';
function draw() {
  timeline.replaceChildren();
  for (const part of known.ranges) place('recorded', part, 'recorded');
  for (const part of known.gaps) place('gap', part, 'not recorded: ' + part.why);
  for (const part of known.unavailable) place('unavailable', part, 'recorded on ' + part.server + ', which does not answer');
  for (const part of known.locks) place('kept', part, 'kept' + (part.note ? ': ' + part.note : ''));
  timeline.append(head);
}
function move() {
  const { from: first, to: last } = span(), at = dragged === undefined ? position() : dragged;
  head.style.left = 100 * Math.max(0, Math.min(1, (at - first) / (last - first))) + '%';
  label.textContent = told(at);
  timeline.setAttribute('aria-valuemin', Math.round(first));
  timeline.setAttribute('aria-valuemax', Math.round(last));
  timeline.setAttribute('aria-valuenow', Math.round(Math.max(first, Math.min(last, at))));
  timeline.setAttribute('aria-valuetext', mode === 'live' && dragged === undefined ? 'live' : told(at));
  if (isControlled) parent.postMessage({ at, mode, isPaused: video.paused, said: said.textContent }, location.origin);
}
async function look() {
  try {
    const { from: first, to: last } = span();
    const since = isPast ? first : back > 0 ? last - back : 0;
    const bounds = new URLSearchParams(asked);
    bounds.set('from', Math.floor(since));
    bounds.set('to', Math.ceil(last));
    bounds.set('detail', '1');
    const response = await fetch('recording_status.json?' + bounds);
    if (response.ok) known = { unavailable: [], gaps: [], ...(await response.json())[0] };
    else say((await response.json()).error);
  } catch { /* The next look comes soon. */ }
  draw();
}

function timeOf(event) {
  const box = timeline.getBoundingClientRect(), { from: first, to: last } = span();
  return first + (last - first) * Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
}
timeline.addEventListener('pointerdown', (event) => { timeline.setPointerCapture(event.pointerId); dragged = timeOf(event); move(); });
timeline.addEventListener('pointermove', (event) => { if (dragged !== undefined) { dragged = timeOf(event); move(); } });
timeline.addEventListener('pointerup', (event) => { const at = timeOf(event); dragged = undefined; playAt(at); });
timeline.addEventListener('pointercancel', () => { dragged = undefined; });
timeline.addEventListener('keydown', (event) => {
  const steps = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -LEAP, PageUp: LEAP };
  const step = steps[event.key];
  if (step !== undefined) playAt(position() + step);
  else if (event.key === 'Home') playAt(span().from);
  else if (event.key === 'End') isPast ? playAt(span().to - STEP) : playLive();
  else if (event.key === ' ') video.paused ? video.play() : video.pause();
  else return;
  event.preventDefault();
});
if (isControlled) {
  for (const id of ['bar', 'said']) document.getElementById(id).style.display = 'none';
  addEventListener('message', ({ origin, source, data }) => {
    if (origin !== location.origin || source !== parent) return;
    if (data.play === 'other') video.paused ? video.play() : video.pause();
    else if (data.play === 'live' || Number.isFinite(data.play)) play(data.play);
    else if (data.token) { asked.set('token', data.token); query = '?' + asked; }
  });
}
live.hidden = isPast;
live.addEventListener('click', playLive);
video.addEventListener('ended', () => { if (mode === 'past') isPast && listTo >= span().to ? say('This is the end.') : playAt(listTo); });
setInterval(move, 250);
setInterval(look, STATUS_MS);
look().then(() => { hasLooked = true; play(wanted); });
`;
