// Chains of random operations: what no single case shows are rewrites that hold for one node and break the next
// (transposes that merge, scales that move into products, reshapes of reshapes, values shared by several readers).
import * as tf from '@tensorflow/tfjs-core';
import { testConformance, type Case } from './conformance.ts';
import { RandomTensors } from './random-tensors.ts';

const programs = 60;
const length = 12;

type Step = (pool: tf.Tensor[]) => tf.Tensor;

/** One operation on tensors of a pool; what is drawn here is the same whenever the step runs. */
function randomStep(random: RandomTensors): Step {
  const [first, second, third] = [random.integer(0, 999), random.integer(0, 999), random.integer(0, 999)];
  const constant = random.pick([0, 1, -1, 0.5, 2]);
  const operation = random.pick(operations);
  return (pool) => {
    const at = (index: number): tf.Tensor => pool[pool.length - 1 - (index % Math.min(pool.length, 4))]!;
    return operation(at(first), at(second), third, constant);
  };
}

type Operation = (x: tf.Tensor, y: tf.Tensor, choice: number, constant: number) => tf.Tensor;

/** Keeps numbers near 1 through long chains. */
const tame = (x: tf.Tensor): tf.Tensor => tf.tanh(x);

const operations: readonly Operation[] = [
  (x, _, __, c) => tf.mul(x, c),
  (x, _, __, c) => tf.add(c, x),
  (x, _, __, c) => tf.sub(c, x),
  (x, _, __, c) => tf.add(x, tf.fill(x.shape, c)),
  (x, _, __, c) => tf.div(x, c === 0 ? 3 : c),
  (x, y) => (canBroadcast(x, y) ? tame(tf.add(x, y)) : tf.neg(x)),
  (x, y) => (canBroadcast(x, y) ? tf.sub(tame(x), y) : tf.square(tame(x))),
  (x, y) => (canBroadcast(x, y) ? tf.mul(tame(x), tame(y)) : tf.abs(x)),
  (x, _, choice) => tf.transpose(x, permutation(x.rank, choice)),
  (x, _, choice) => tf.transpose(x, permutation(x.rank, choice + 1)),
  (x, _, choice) => tf.reshape(x, choice % 2 === 0 ? [x.shape[0], -1] : [-1, x.shape.at(-1)!]),
  (x) => tf.reshape(x, [1, ...x.shape].slice(-4).length === x.rank ? x.shape : [1, ...x.shape]),
  (x, y) => tame(product(x, y)),
  (x, y, choice, c) => tame(tf.mul(batchedProduct(x, y), c + (choice % 3))),
  (x, y) => tame(tf.div(batchedProduct(x, y), 3)),
  (x, y) => tame(tf.add(product(x, y), tf.sum(tf.reshape(y, [-1])))),
  (x, _, choice) => tf.mean(x, choice % x.rank, true),
  (x) => tf.softmax(x),
  (x, _, choice) => tf.concat([x, tf.mul(x, 2)], choice % x.rank),
  (x, _, choice) =>
    tf.slice(
      x,
      x.shape.map(() => 0),
      x.shape.map((n, i) => (i === choice % x.rank ? Math.ceil(n / 2) : n)),
    ),
  (x, _, choice) => tf.reverse(x, choice % x.rank),
  (x) => tf.relu(x),
];

function canBroadcast(x: tf.Tensor, y: tf.Tensor): boolean {
  const rank = Math.min(x.rank, y.rank);
  const [a, b] = [x.shape.slice(x.rank - rank), y.shape.slice(y.rank - rank)];
  return a.every((extent, i) => extent === b[i] || extent === 1 || b[i] === 1);
}

function permutation(rank: number, choice: number): number[] {
  const axes = [...Array(rank).keys()];
  return axes.map((axis) => (choice % 2 === 0 ? (axis + choice) % rank : rank - 1 - axis));
}

/** x y^T over the last axes where they agree, else x x^T. */
function product(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const [a, b] = [x, y].map((t) => tf.reshape(t, [-1, t.shape.at(-1)!])) as [tf.Tensor, tf.Tensor];
  const other = a.shape[1] === b.shape[1] ? b : a;
  const limit = (t: tf.Tensor): tf.Tensor => tf.slice(t, [0, 0], [Math.min(t.shape[0], 6), -1]);
  return tf.matMul(limit(a), tf.transpose(limit(other)));
}

/** The products x y^T and x x^T in one batch. */
function batchedProduct(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const rows = (t: tf.Tensor): tf.Tensor => {
    const flat = tf.reshape(t, [-1, t.shape.at(-1)!]);
    return tf.slice(flat, [0, 0], [1, -1]);
  };
  const other = x.shape.at(-1) === y.shape.at(-1) ? y : x;
  return tf.matMul(tf.stack([rows(x), rows(x)]), tf.stack([rows(other), rows(x)]), false, true); // [2, 1, 1]
}

function randomProgram(seed: number): Case {
  const random = new RandomTensors(seed);
  const inputs = [2, 3, 3, 4].map((rank) => random.float(random.shape(rank)));
  const steps = Array.from({ length }, () => randomStep(random));
  return {
    name: `seed ${String(seed)}`,
    inputs,
    run: (...xs) => {
      const pool = [...xs];
      for (const step of steps) pool.push(step(pool));
      return [...pool.slice(-4), ...xs]; // the inputs too: TF.js wants a path from each to the loss
    },
    gradients: true,
  };
}

testConformance({ Sum: Array.from({ length: programs }, (_, i) => randomProgram(1000 + i)) });
