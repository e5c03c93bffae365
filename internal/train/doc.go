// Package train steps a model's weights down a loss.
//
// In: rows, a chat template and a tokenizer as functions, and a model; out: weights, a training checkpoint at any step, and
// the figures of every step. Its one invariant: which examples a step has, how they are divided, and its learning rate
// follow from the configuration and the step's number alone, so a run that goes on from a checkpoint is the straight run.
package train
