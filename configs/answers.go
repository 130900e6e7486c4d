package configs

import "time"

// Answers is how the help desk answers.
type Answers struct {
	// Sure is the confidence from which an answer is given, Unsure that from which a choice is offered.
	Sure   float64 `yaml:"sure"`
	Unsure float64 `yaml:"unsure"`
	// Candidates is the largest number of answers in a choice, Products that of products in a reply.
	Candidates int `yaml:"candidates"`
	Products   int `yaml:"products"`
	// TextLength and AnswerLength bound a question and an answer, in characters.
	TextLength   int `yaml:"text_length"`
	AnswerLength int `yaml:"answer_length"`
	// Intents is the largest number of entries that have a learned machine each.
	Intents int `yaml:"intents"`
	// Alike is the cosine from which unanswered questions are shown together.
	Alike float64 `yaml:"alike"`
	// Conversations is how many sessions and replies are remembered, and Memory for how long; Unanswered how many questions without an answer are kept.
	Conversations int           `yaml:"conversations"`
	Memory        time.Duration `yaml:"memory"`
	Unanswered    int           `yaml:"unanswered"`
}

func defaultAnswers() Answers {
	return Answers{
		Sure: 0.8, Unsure: 0.3, Candidates: 3, Products: 5, TextLength: 2000, AnswerLength: 20_000, Intents: 1000, Alike: 0.6,
		Conversations: 10_000, Memory: 30 * time.Minute, Unanswered: 10_000,
	}
}

func (a *Answers) validate(check func(ok bool, key string, value any, want string)) {
	check(a.Sure > 0 && a.Sure <= 1, "answers.sure", a.Sure, "above 0 … 1")
	check(a.Unsure > 0 && a.Unsure <= a.Sure, "answers.unsure", a.Unsure, "above 0 … answers.sure")
	check(a.Alike > 0 && a.Alike <= 1, "answers.alike", a.Alike, "above 0 … 1")
	check(a.Memory > 0, "answers.memory", a.Memory, "above 0")
	for key, v := range map[string]int{
		"answers.candidates": a.Candidates, "answers.products": a.Products, "answers.text_length": a.TextLength, "answers.answer_length": a.AnswerLength,
		"answers.intents": a.Intents, "answers.conversations": a.Conversations, "answers.unanswered": a.Unanswered,
	} {
		check(v >= 1, key, v, "1 or more")
	}
}
