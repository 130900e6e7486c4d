package answers

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vitrine"
)

// asking is one question on its way to a reply.
type asking struct {
	*Desk
	index string
	query vitrine.AnswerQuery
	talk  conversation
	// text is the question with what a follow-up leaves out.
	text string
	// asked is the question that the reply belongs to: the one before where an answer was chosen.
	asked string
	reply vitrine.AnswerReply
}

// Ask replies to a question. Index names the catalogue for questions about products. An empty question is Invalid, one that is too long TooLarge.
func (d *Desk) Ask(ctx context.Context, index string, q vitrine.AnswerQuery) (*vitrine.AnswerReply, error) {
	start := time.Now()
	q.Text = strings.TrimSpace(q.Text)
	switch n := utf8.RuneCountInString(q.Text); {
	case !utf8.ValidString(q.Text):
		return nil, vitrine.Errorf(vitrine.Invalid, "field text: is not valid UTF-8")
	case n == 0:
		return nil, vitrine.Errorf(vitrine.Invalid, "field text: is empty")
	case n > d.options.TextLength:
		return nil, vitrine.Errorf(vitrine.TooLarge, "field text: %d characters, at most %d are allowed", n, d.options.TextLength)
	}
	a := &asking{Desk: d, index: index, query: q, text: q.Text, asked: q.Text, reply: vitrine.AnswerReply{ID: rand.Text()}}
	if q.Session != "" {
		a.talk, _ = d.conversations.Get(q.Session)
	}
	if err := a.answer(ctx); err != nil {
		return nil, err
	}
	a.remember()
	a.reply.TookMS = float64(time.Since(start)) / float64(time.Millisecond)
	return &a.reply, nil
}

// answer finds what to reply: what was offered to choose from, what the bank is sure of, what the catalogue has of the product, what the bank may mean, products
// that fit, and at last a person.
func (a *asking) answer(ctx context.Context) error {
	if chosen, ok := choice(a.query.Text, a.talk.candidates); ok {
		chosen.Confidence, a.asked = 1, a.talk.question
		a.conclude([]vitrine.FoundAnswer{chosen}, 1)
		return nil
	}
	if a.talk.question != "" && isFollowUp(a.query.Text) {
		a.text = a.talk.question + " " + a.query.Text
	}
	if a.query.Product == "" {
		a.query.Product = a.talk.product
	}
	about, err := a.product(ctx)
	if err != nil {
		return err
	}
	if about && asksForStock(a.query.Text) {
		return nil
	}
	candidates, confidence := a.consult(ctx)
	a.reply.Confidence = confidence
	switch {
	case confidence >= a.options.Sure:
		a.conclude(candidates[:1], confidence)
	case about:
		a.reply.Outcome = vitrine.OutcomeProduct
	case confidence >= a.options.Unsure:
		a.conclude(candidates, confidence)
	default:
		if err := a.fit(ctx); err != nil {
			return err
		}
		if err := a.open.add(question{Time: time.Now().UTC(), Text: a.query.Text}); err != nil {
			a.options.OnError(err)
			a.reply.Degraded = append(a.reply.Degraded, "unanswered questions: not kept")
		}
	}
	return nil
}

// conclude makes answers the reply: one, or a choice.
func (a *asking) conclude(found []vitrine.FoundAnswer, confidence float64) {
	a.reply.Outcome, a.reply.Confidence = vitrine.OutcomeAnswer, confidence
	// What the catalogue says beside an answer of the bank would only confuse.
	a.reply.Text, a.reply.Facts, a.reply.Products = "", nil, nil
	if len(found) == 1 && confidence >= a.options.Sure {
		a.reply.Answer = &found[0]
		return
	}
	a.reply.Outcome, a.reply.Candidates = vitrine.OutcomeChoose, found
}

// consult asks the bank: its best answers, and how sure the first is.
func (a *asking) consult(ctx context.Context) ([]vitrine.FoundAnswer, float64) {
	l := a.now.Load()
	if l == nil {
		return nil, 0
	}
	key := plain(a.text)
	var vector []float32
	if a.options.Encoder != nil {
		v, err := a.options.Encoder.Text(ctx, a.text)
		if err != nil {
			a.reply.Degraded = append(a.reply.Degraded, "meaning: "+err.Error())
		}
		vector = v[vitrine.SpaceText]
	}
	list := l.rank(a.text, vector, -1)
	confidence := 0.0
	exact := l.exact[key]
	switch {
	case l.intents != nil && vector == nil:
		confidence = 0 // the scale of the signs is another one
	case len(list) > 0:
		confidence = l.trust(list, vector)
	}
	switch len(exact) {
	case 0:
	case 1:
		confidence = 1
	default:
		// Several entries have this very question: the bank contradicts itself, and the shopper chooses.
		confidence = min(max(confidence, a.options.Unsure), a.options.Sure-0.01)
	}
	if len(exact) > 0 {
		slices.SortStableFunc(list, func(x, y ranked) int { return order(slices.Contains(exact, x.entry), slices.Contains(exact, y.entry)) })
	}
	if refused := l.refused[key]; len(refused) > 0 && len(list) > 0 {
		if slices.Contains(refused, list[0].entry) {
			confidence = min(confidence, a.options.Sure-0.01)
		}
		slices.SortStableFunc(list, func(x, y ranked) int {
			return order(!slices.Contains(refused, x.entry), !slices.Contains(refused, y.entry))
		})
	}
	var found []vitrine.FoundAnswer
	for i, r := range list[:min(len(list), a.options.Candidates)] {
		e := &l.entries[r.entry]
		f := vitrine.FoundAnswer{Entry: e.ID, Question: e.Questions[0], Answer: e.Answer, Intent: e.Intent, Source: e.Source}
		if t := l.texts[r.nearest]; !t.answer {
			f.Question = t.text
		}
		f.Confidence = confidence
		if i > 0 {
			// What the first leaves over, shared by the further ones.
			f.Confidence = min(confidence, (1-confidence)/float64(i+1))
		}
		found = append(found, f)
	}
	return found, confidence
}

// order puts those that hold first.
func order(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

// remember keeps the thread of the conversation and what feedback may come to.
func (a *asking) remember() {
	g := given{question: a.asked}
	if a.reply.Answer != nil {
		g.entries = append(g.entries, a.reply.Answer.Entry)
	}
	for _, c := range a.reply.Candidates {
		g.entries = append(g.entries, c.Entry)
	}
	a.replies.Add(a.reply.ID, g)
	if a.query.Session != "" {
		talk := conversation{question: a.asked, product: a.query.Product, candidates: a.reply.Candidates}
		if talk.product == "" && len(a.reply.Products) == 1 {
			talk.product = a.reply.Products[0].ID
		}
		a.conversations.Add(a.query.Session, talk)
	}
}

// choice is the candidate that a text picks by its number or its question.
func choice(text string, candidates []vitrine.FoundAnswer) (vitrine.FoundAnswer, bool) {
	text = plain(text)
	for i, c := range candidates {
		if text == plain(c.Question) || slices.Contains(ordinals[min(i, len(ordinals)-1)], text) {
			return c, true
		}
	}
	return vitrine.FoundAnswer{}, false
}

var ordinals = [][]string{
	{"1", "first", "the first", "the first one", "第一个", "一"},
	{"2", "second", "the second", "the second one", "第二个", "二"},
	{"3", "third", "the third", "the third one", "第三个", "三"},
	{},
}

// isFollowUp tells a question that leaves out what was talked of: "and for express?", "那快递呢".
func isFollowUp(text string) bool {
	const short = 6
	text = plain(text)
	for _, opening := range []string{"and ", "what about ", "how about ", "or ", "also ", "那", "还有"} {
		if strings.HasPrefix(text, opening) {
			return len(words(text)) <= short
		}
	}
	return strings.HasSuffix(text, "呢") && utf8.RuneCountInString(text) <= 2*short
}

// words are the runs of letters and digits, lower-cased; Han letters stand each for itself.
func words(text string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '.' && b.Len() > 0:
			b.WriteRune(r)
		default:
			flush()
		}
	}
	flush()
	for i, w := range out {
		out[i] = strings.TrimRight(w, ".")
	}
	return out
}
