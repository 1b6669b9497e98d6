// The page: what is asked for goes to a worker, which computes; what comes back is drawn.

const settings = document.getElementById('settings');
const message = document.getElementById('message');
const stop = document.getElementById('stop');
const fields = settings.elements;

const { title, models } = await json('models.json');
const descriptions = await Promise.all(models.map(({ folder }) => json(`${folder}/model.json`)));
const figures = models.map(addFigure);
showSettings(descriptions[0]);

const worker = new Worker('worker.js', { type: 'module' });
worker.addEventListener('message', ({ data }) => {
  receive[data.type](data);
});
worker.addEventListener('error', (event) => {
  receive.failed({ message: event.message || 'the worker could not be started' });
});

const receive = {
  loading({ model, device }) {
    say(`Loading ${models[model].name} for ${device}…`);
  },
  step({ model, index, count, pixels, size, seconds }) {
    const figure = figures[model];
    figure.progress.value = (index + 1) / count;
    figure.time.textContent = `step ${index + 1} of ${count}, ${timeText(seconds)}`;
    say(`${models[model].name} is drawing`);
    if (pixels) draw(figure.canvas, pixels, size);
  },
  drawn({ model, pixels, size, seconds, count }) {
    const figure = figures[model];
    draw(figure.canvas, pixels, size);
    figure.time.textContent = `${timeText(seconds)}, ${timeText(seconds / count)} a step`;
    figure.canvas.setAttribute('aria-label', `Images drawn by ${models[model].name}`);
  },
  finished({ device, stopped }) {
    say(stopped ? 'Stopped' : `Done, on ${device}`);
    busy(false);
  },
  failed({ message: text }) {
    say(text, true);
    busy(false);
  },
};

settings.addEventListener('submit', (event) => {
  event.preventDefault();
  start();
});
document.getElementById('next').addEventListener('click', () => {
  fields.seed.value = Number(fields.seed.value) + 1;
  if (settings.reportValidity()) start();
});
stop.addEventListener('click', () => {
  worker.postMessage({ type: 'stop' });
});
busy(false);

function start() {
  busy(true);
  for (const { progress, time } of figures) {
    progress.value = 0;
    time.textContent = '';
  }
  worker.postMessage({
    type: 'draw',
    folders: models.map(({ folder }) => folder),
    settings: {
      seed: Number(fields.seed.value),
      steps: Number(fields.steps.value),
      count: Number(fields.count.value),
      class: Number(fields.class.value),
      prompt: fields.prompt.value,
      guidance: Number(fields.guidance.value),
      device: fields.device.value,
    },
  });
}

/** Fields that these models have, with the settings of their experiment. */
function showSettings({ steps, guidance_scale: guidance, conditions }) {
  document.title = title;
  document.getElementById('title').textContent = title;
  document.getElementById('subtitle').textContent = models
    .map(({ name }, i) => `${name}: ${(descriptions[i].parameters / 1e6).toPrecision(3)} million parameters`)
    .join(' · ');
  fields.steps.value = steps;
  if (conditions === undefined) return;
  fields.guidance.value = guidance;
  const shown = conditions.kind === 'class' ? fields.class : fields.prompt;
  for (const field of [fields.guidance, shown]) field.closest('label').hidden = false;
  for (let id = 0; id < (conditions.classes ?? 0); id++)
    fields.class.add(new Option(conditions.names?.[id] ?? `class ${id}`, id));
}

function addFigure({ name }) {
  const figure = document.getElementById('model').content.cloneNode(true);
  const [canvas, progress, time] = ['canvas', 'progress', '.time'].map((part) => figure.querySelector(part));
  figure.querySelector('strong').textContent = name;
  progress.setAttribute('aria-label', `Progress of ${name}`);
  canvas.setAttribute('aria-label', `Nothing drawn by ${name} yet`);
  document.getElementById('models').append(figure);
  return { canvas, progress, time };
}

/** `pixels` [n, size, size, 3] as a square of images. */
function draw(canvas, pixels, size) {
  const count = pixels.length / (size * size * 3);
  const columns = Math.ceil(Math.sqrt(count));
  canvas.width = canvas.height = columns * size;
  const context = canvas.getContext('2d');
  for (let image = 0; image < count; image++) {
    const shown = context.createImageData(size, size);
    for (let at = 0; at < size * size; at++) {
      const from = (image * size * size + at) * 3;
      shown.data.set([pixels[from], pixels[from + 1], pixels[from + 2], 255], 4 * at);
    }
    context.putImageData(shown, (image % columns) * size, Math.floor(image / columns) * size);
  }
}

function busy(is) {
  for (const button of settings.querySelectorAll('button')) button.disabled = is;
  stop.disabled = !is;
  settings.setAttribute('aria-busy', is);
}

function say(text, isError = false) {
  message.textContent = text;
  message.classList.toggle('error', isError);
}

function timeText(seconds) {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
}

async function json(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}
