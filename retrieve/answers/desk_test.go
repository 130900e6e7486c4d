package answers_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve/answers"
)

const faq = `# Help
## Where is my order?
Look under *Orders* in your account.
## How long does delivery take?
Two to four days.
## Can I return shoes that I wore?
Only unworn ones, within 30 days.
## 怎么退货？
请在三十天内寄回。
`

// desk is a help desk with a bank from a text of a format, without an encoder: words and letters alone.
func desk(t *testing.T, format, text string, o answers.Options) *answers.Desk {
	t.Helper()
	if o.Folder == "" {
		o.Folder = t.TempDir()
	}
	d, err := answers.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if text != "" {
		if _, err := d.Import("faq", format, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func ask(t *testing.T, d *answers.Desk, q vitrine.AnswerQuery) *vitrine.AnswerReply {
	t.Helper()
	r, err := d.Ask(t.Context(), "products", q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Ensure that a question of the bank is answered with its source, in English and Chinese, one like it is not lost, and one of another kind is handed over.
func TestAsk(t *testing.T) {
	d := desk(t, answers.FormatMarkdown, faq, answers.Options{})
	for question, want := range map[string]string{
		"where is my order":    "Look under Orders in your account.",
		"Where is my order???": "Look under Orders in your account.",
		"怎么退货":                 "请在三十天内寄回。",
	} {
		r := ask(t, d, vitrine.AnswerQuery{Text: question})
		if r.Outcome != vitrine.OutcomeAnswer || r.Answer.Answer != want || r.Answer.Source != "faq" {
			t.Errorf("%q: %s, %+v", question, r.Outcome, r.Answer)
		}
	}
	r := ask(t, d, vitrine.AnswerQuery{Text: "how long is the delivery"})
	if r.Outcome != vitrine.OutcomeAnswer && r.Outcome != vitrine.OutcomeChoose {
		t.Errorf("paraphrase: %s", r.Outcome)
	}
	if r := ask(t, d, vitrine.AnswerQuery{Text: "xylophone"}); r.Outcome != vitrine.OutcomeHandOver || r.Answer != nil || len(r.Candidates) > 0 {
		t.Errorf("out of scope: %+v", r)
	}
}

// Ensure that an empty bank hands over, and that bad questions say what is wrong.
func TestAsk_Bad(t *testing.T) {
	d := desk(t, "", "", answers.Options{})
	if r := ask(t, d, vitrine.AnswerQuery{Text: "hello?"}); r.Outcome != vitrine.OutcomeHandOver {
		t.Errorf("empty bank: %s", r.Outcome)
	}
	for text, want := range map[string]vitrine.Code{"": vitrine.Invalid, " \n": vitrine.Invalid, "\xff": vitrine.Invalid, strings.Repeat("很", 100_000): vitrine.TooLarge} {
		if _, err := d.Ask(t.Context(), "", vitrine.AnswerQuery{Text: text}); vitrine.CodeOf(err) != want {
			t.Errorf("%.9q…: %v, want %s", text, err, want)
		}
	}
	long, err := answers.Open(answers.Options{Folder: t.TempDir(), TextLength: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	if r := ask(t, long, vitrine.AnswerQuery{Text: strings.Repeat("delivery ", 11_000)}); r.Outcome != vitrine.OutcomeHandOver {
		t.Errorf("long question: %s", r.Outcome)
	}
	if err := long.Close(); err != nil {
		t.Error(err)
	}
}

// Ensure that a bank that contradicts itself says so, and lets the shopper choose.
func TestContradiction(t *testing.T) {
	d := desk(t, answers.FormatCSV, "question,answer\nIs delivery free?,Yes.\nIs delivery free,No.\nIs delivery free?,Yes.\n", answers.Options{})
	if p := d.Info().Problems; len(p) != 1 || p[0].Question != "is delivery free" || len(p[0].Entries) != 2 {
		t.Errorf("problems: %+v", p)
	}
	r := ask(t, d, vitrine.AnswerQuery{Text: "is delivery free?", Session: "s"})
	if r.Outcome != vitrine.OutcomeChoose || len(r.Candidates) != 2 {
		t.Fatalf("%s, %+v", r.Outcome, r.Candidates)
	}
	second := ask(t, d, vitrine.AnswerQuery{Text: "2", Session: "s"})
	if second.Outcome != vitrine.OutcomeAnswer || second.Answer.Entry != r.Candidates[1].Entry {
		t.Errorf("the second of the choice: %+v", second)
	}
}

// Ensure that what helped is learned for the question, what did not is not answered so again, and that both outlive the process.
func TestFeedback(t *testing.T) {
	folder := t.TempDir()
	d := desk(t, answers.FormatMarkdown, faq, answers.Options{Folder: folder, Unsure: 0.0001, Sure: 0.99})
	r := ask(t, d, vitrine.AnswerQuery{Text: "my parcel order got lost"})
	if r.Outcome != vitrine.OutcomeChoose {
		t.Fatalf("%s", r.Outcome)
	}
	helped, not := r.Candidates[1].Entry, r.Candidates[0].Entry
	for _, f := range []vitrine.AnswerFeedback{{Reply: r.ID, Entry: helped, Helpful: true}, {Reply: r.ID, Entry: not}} {
		if err := d.Feedback(f); err != nil {
			t.Fatal(err)
		}
	}
	again := desk(t, "", "", answers.Options{Folder: folder})
	if r := ask(t, again, vitrine.AnswerQuery{Text: "My parcel order got lost!"}); r.Outcome != vitrine.OutcomeAnswer || r.Answer.Entry != helped {
		t.Errorf("after feedback: %s, %+v", r.Outcome, r.Answer)
	}
	for _, f := range []vitrine.AnswerFeedback{{Reply: "unknown"}, {Reply: r.ID, Entry: "other"}} {
		if err := d.Feedback(f); err == nil {
			t.Errorf("%+v: taken", f)
		}
	}
}

// Ensure that unanswered questions outlive the process, a line that a crash cut off included, are counted, and can be dropped.
func TestUnanswered(t *testing.T) {
	folder := t.TempDir()
	d := desk(t, "", "", answers.Options{Folder: folder})
	for _, q := range []string{"Do you ship to Mars?", "do you ship to mars", "Is there a shop in Ulm?"} {
		ask(t, d, vitrine.AnswerQuery{Text: q})
	}
	f, err := os.OpenFile(filepath.Join(folder, "unanswered.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"time":"2026-`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again := desk(t, "", "", answers.Options{Folder: folder})
	list, err := again.Unanswered(t.Context())
	if err != nil || len(list) != 2 || list[0].Count != 2 || list[0].Question != "Do you ship to Mars?" {
		t.Errorf("%+v, %v", list, err)
	}
	if n, err := again.Dismiss([]string{"do you ship to Mars"}); n != 2 || err != nil {
		t.Errorf("dropped %d, %v", n, err)
	}
}

// shop holds three sizes and colours of one boot.
type shop struct{}

func boot(id, colour, size string, stock int) *vitrine.Product {
	return &vitrine.Product{ID: id, Title: "Hill boot", Group: "hill", Stock: &stock, Attributes: map[string]vitrine.Value{
		"colour": vitrine.Text(colour), "size": vitrine.Text(size),
	}}
}

func (shop) products() []*vitrine.Product {
	return []*vitrine.Product{boot("a", "red", "41", 3), boot("b", "red", "42", 0), boot("c", "black", "43", 5)}
}

func (s shop) Product(_ context.Context, _, id string) (*vitrine.Product, error) {
	for _, p := range s.products() {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, vitrine.Errorf(vitrine.NotFound, "product %q", id)
}

func (s shop) Search(_ context.Context, _ string, q vitrine.Query) (*vitrine.Results, error) {
	r := &vitrine.Results{}
	for _, p := range s.products() {
		if q.Filter != nil && q.Filter.Holds(p) || strings.Contains(q.Text, "boot") {
			r.Hits = append(r.Hits, vitrine.Hit{ID: p.ID, Product: p})
		}
	}
	return r, nil
}

// Ensure that questions about a product are answered by what its group has, that the conversation keeps the product, and that products are shown where
// nothing else fits.
func TestProduct(t *testing.T) {
	d := desk(t, answers.FormatMarkdown, faq, answers.Options{Shop: shop{}})
	for _, c := range []struct{ question, product, want string }{
		{"does it come in red, 42?", "a", "Yes: Hill boot comes with colour red, size 42, but is out of stock now."},
		{"do you have it in size 43?", "", "Yes: Hill boot comes with size 43, and is in stock."},
		{"is it available in red 43?", "", "No: Hill boot does not come with colour red, size 43."},
		{"in size 47 available?", "", "No: Hill boot does not come with size 47."},
		{"有 black 吗？", "", "有：Hill boot（colour black），有现货。"},
	} {
		r := ask(t, d, vitrine.AnswerQuery{Text: c.question, Product: c.product, Session: "s"})
		if r.Outcome != vitrine.OutcomeProduct || r.Text != c.want {
			t.Errorf("%q: %s, %q", c.question, r.Outcome, r.Text)
		}
	}
	if r := ask(t, d, vitrine.AnswerQuery{Text: "where is my order", Session: "s"}); r.Outcome != vitrine.OutcomeAnswer {
		t.Errorf("another matter: %s", r.Outcome)
	}
	if r := ask(t, d, vitrine.AnswerQuery{Text: "waterproof boot"}); r.Outcome != vitrine.OutcomeProducts || len(r.Products) != 3 {
		t.Errorf("products that fit: %s, %d", r.Outcome, len(r.Products))
	}
	if _, err := d.Ask(t.Context(), "", vitrine.AnswerQuery{Text: "is it red?", Product: "nil"}); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("unknown product: %v", err)
	}
}

// Ensure that every format gives the same rows, and that faulty rows and files are named.
func TestRead(t *testing.T) {
	want := []answers.Row{
		{Number: 1, Questions: []string{"Where is it?"}, Answer: "On its way.", Source: "f"},
		{Number: 2, Questions: []string{"Is it late?"}, Answer: "Perhaps.\nWe look.", Source: "f"},
	}
	for format, text := range map[string]string{
		answers.FormatCSV:      "answer,question\nOn its way.,Where is it?\n\"Perhaps.\nWe look.\",Is it late?\n",
		answers.FormatJSONL:    `{"question":"Where is it?","answer":"On its way."}` + "\n" + `{"questions":["Is it late?"],"answer":"Perhaps.\nWe look."}`,
		answers.FormatMarkdown: "# Orders\n\n## Where is it?\nOn its way.\n\n## Is it late?\n- Perhaps.\n- We look.\n",
		answers.FormatHTML:     "<title>x</title><nav>y</nav><dl><dt>Where <b>is</b> it?<dd>On its way.<dt>Is it late?<dd>Perhaps.<br>We look.<script>z</script></dl>",
	} {
		rows, err := answers.Read("f", format, strings.NewReader(text))
		if diff := cmp.Diff(want, rows); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", format, err, diff)
		}
	}
	for format, text := range map[string]string{"": "x", "xls": "x", answers.FormatCSV: "", "csv ": "a,b\n"} {
		if _, err := answers.Read("f", strings.TrimSpace(format), strings.NewReader(text)); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%q: %v", format, err)
		}
	}
	d := desk(t, "", "", answers.Options{})
	report, err := d.Import("f", answers.FormatCSV, strings.NewReader("question,answer,intent\n,x,\nWho?,,\nWho?,,who\nWhy?,Because.,why\nHow come?,,why\n"+
		"\"why ?\",Because.,why\n\"Long?\",\""+strings.Repeat("a", 20_001)+"\",\n"))
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows != 7 || report.Entries != 1 || report.Questions != 2 || report.Duplicates != 1 || len(report.Rejected) != 4 || report.Rejected[0].Row != 1 {
		t.Errorf("%+v", report)
	}
}

// Ensure that the bank, with its changes, is there after the process ends, and that a broken file is named.
func TestBank(t *testing.T) {
	folder := t.TempDir()
	d := desk(t, answers.FormatMarkdown, faq, answers.Options{Folder: folder})
	if err := d.Put(vitrine.BankEntry{ID: "gift", Questions: []string{"Do you wrap gifts?"}, Answer: "Yes."}); err != nil {
		t.Fatal(err)
	}
	if err := d.Put(vitrine.BankEntry{ID: "gift", Questions: []string{"Gifts?"}}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no answer: %v", err)
	}
	if err := d.Delete("nothing"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("unknown entry: %v", err)
	}
	if err := d.Delete(d.Entries()[0].ID); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.Entries(), desk(t, "", "", answers.Options{Folder: folder}).Entries()); diff != "" {
		t.Error(diff)
	}
	if err := os.WriteFile(filepath.Join(folder, "bank.jsonl"), []byte("{}\n{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := answers.Open(answers.Options{Folder: folder}); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("broken bank: %v", err)
	}
}

// corners is an encoder that puts every topic into a corner of its own.
type corners struct{}

func (corners) Text(_ context.Context, text string) (vitrine.Vectors, error) {
	v := make([]float32, 6)
	for i, word := range []string{"alpha", "beta", "gamma", "delta", "epsilon"} {
		if strings.Contains(text, word) {
			v[i] = 1
		}
	}
	v[5] = float32(len(text)%7) / 20
	return vitrine.Vectors{vitrine.SpaceText: v}, nil
}

func (c corners) Texts(ctx context.Context, texts []string) ([]vitrine.Vectors, error) {
	var all []vitrine.Vectors
	for _, t := range texts {
		v, err := c.Text(ctx, t)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// Ensure that a bank of many questions an answer is sorted by intents, with a confidence that tells what it knows from what it does not.
func TestIntentsOfBank(t *testing.T) {
	var b strings.Builder
	b.WriteString("question,answer\n")
	for i := range 240 {
		topic := []string{"alpha", "beta", "gamma", "delta"}[i%4]
		fmt.Fprintf(&b, "please tell number %d about %s now,About %s.\n", i, topic, topic)
	}
	d := desk(t, answers.FormatCSV, b.String(), answers.Options{Encoder: corners{}})
	if info := d.Info(); info.Ranking != "intents" || info.Entries != 4 || !info.Current {
		t.Fatalf("%+v", info)
	}
	if r := ask(t, d, vitrine.AnswerQuery{Text: "would like to hear about gamma"}); r.Outcome != vitrine.OutcomeAnswer || r.Answer.Answer != "About gamma." {
		t.Errorf("%s %.2f %+v", r.Outcome, r.Confidence, r.Answer)
	}
	if r := ask(t, d, vitrine.AnswerQuery{Text: "would like to hear of epsilon"}); r.Outcome == vitrine.OutcomeAnswer {
		t.Errorf("out of scope: answered with %.2f", r.Confidence)
	}
}

// Ensure that no input makes the reader of pages or lines fail otherwise than by an error.
func FuzzRead(f *testing.F) {
	f.Add(answers.FormatMarkdown, faq)
	f.Add(answers.FormatCSV, "question,answer\na,b\n")
	f.Add(answers.FormatJSONL, `{"question":"a","answer":"b"}`)
	f.Add(answers.FormatHTML, "<dl><dt>a<dd>b")
	f.Fuzz(func(t *testing.T, format, text string) {
		rows, err := answers.Read("f", format, strings.NewReader(text))
		if err != nil && vitrine.CodeOf(err) != vitrine.Invalid {
			t.Error(err)
		}
		for _, r := range rows {
			if len(r.Questions) > 1 && format != answers.FormatJSONL {
				t.Error("two questions in a row")
			}
		}
	})
}
