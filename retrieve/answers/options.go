package answers

import (
	"context"
	"time"

	"vitrine"
)

// Encoder turns texts into vectors; safe for concurrent use.
type Encoder interface {
	// Text encodes one question, Texts many at a time in their order. The space is [vitrine.SpaceText].
	Text(ctx context.Context, text string) (vitrine.Vectors, error)
	Texts(ctx context.Context, texts []string) ([]vitrine.Vectors, error)
}

// Shop is the catalogue that questions about products are answered from; safe for concurrent use.
type Shop interface {
	// Search answers q from the named index; with Explain it says what the words were taken for.
	Search(ctx context.Context, index string, q vitrine.Query) (*vitrine.Results, error)
	// Product returns one product, or [vitrine.NotFound].
	Product(ctx context.Context, index, id string) (*vitrine.Product, error)
}

// Options of a [Desk]. The zero value of each field means its default.
type Options struct {
	// Folder keeps the bank and the unanswered questions; required.
	Folder string
	// Encoder may be nil: questions are then compared by their words and letters alone.
	Encoder Encoder
	// Shop may be nil: then nothing is answered from the catalogue.
	Shop Shop
	// Sure is the confidence from which an answer is given, default 0.8 (0.6 to 0.95: higher asks back more often), and Unsure that from which a choice is
	// offered, default 0.3 (0.1 to Sure: lower offers answers that fit less, higher hands over more often).
	Sure, Unsure float64
	// Candidates is the largest number of answers in a choice; default 3.
	Candidates int
	// Products is the largest number of products in a reply; default 5.
	Products int
	// TextLength is the longest question in characters, default 2,000; AnswerLength the longest answer, default 20,000.
	TextLength, AnswerLength int
	// Intents is the largest number of entries that are told apart by a machine learned for each, default 1,000; with more the nearest question decides.
	// Memory and learning time grow with its product with the number of different n-grams.
	Intents int
	// Threads that learn; 0 means the number of processors.
	Threads int
	// Conversations is the number of sessions and of replies that are remembered, default 10,000; Memory for how long, default 30 min.
	Conversations int
	Memory        time.Duration
	// Unanswered is the number of unanswered questions that are kept, the latest ones; default 10,000.
	Unanswered int
	// Alike is the cosine from which unanswered questions are shown together; default 0.6 (0.5 to 0.8: lower joins different ones).
	Alike float64
	// OnError hears of faults in the background; default none does.
	OnError func(error)
}

func (o Options) withDefaults() Options {
	for field, value := range map[*float64]float64{&o.Sure: 0.8, &o.Unsure: 0.3, &o.Alike: 0.6} {
		if *field == 0 {
			*field = value
		}
	}
	for field, value := range map[*int]int{
		&o.Candidates: 3, &o.Products: 5, &o.TextLength: 2000, &o.AnswerLength: 20_000, &o.Intents: 1000, &o.Conversations: 10_000, &o.Unanswered: 10_000,
	} {
		if *field == 0 {
			*field = value
		}
	}
	if o.Memory == 0 {
		o.Memory = 30 * time.Minute
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	return o
}
