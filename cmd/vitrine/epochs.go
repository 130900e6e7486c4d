package main

import (
	"log/slog"

	"vitrine/rerank/neural"
)

// logEpoch logs an epoch of a training.
func logEpoch(e neural.Epoch) {
	slog.Info("epoch", "epoch", e.Epoch, "train_loss", e.TrainLoss, "valid_loss", e.ValidLoss, "valid_auc", e.ValidAUC, "seconds", e.Seconds)
}
