// The predictions themselves among the features that are compared.

/** Name of the pair of predictions. */
export const outputTap = 'output';
