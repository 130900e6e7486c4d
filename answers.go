package vitrine

// BankEntry is one answer of the help desk, with the questions that it answers.
type BankEntry struct {
	ID string `json:"id"`
	// Questions are different ways to ask, the first of which stands for all.
	Questions []string `json:"questions"`
	Answer    string   `json:"answer"`
	// Intent names what is asked for; entries may go without.
	Intent string `json:"intent,omitempty"`
	// Source says where the answer is from, as in a file or an address.
	Source string `json:"source,omitempty"`
	// Learned are questions of shoppers whom the answer helped, Refused of those whom it did not.
	Learned []string `json:"learned,omitempty"`
	Refused []string `json:"refused,omitempty"`
}

// AnswerOutcome is what became of a question.
type AnswerOutcome string

// The outcomes of a question to the help desk.
const (
	// OutcomeAnswer means that the bank has the answer.
	OutcomeAnswer AnswerOutcome = "answer"
	// OutcomeChoose means that one of a few answers may fit.
	OutcomeChoose AnswerOutcome = "choose"
	// OutcomeProduct means that the catalogue answers about one product.
	OutcomeProduct AnswerOutcome = "product"
	// OutcomeProducts means that the bank has no answer, but the catalogue products that fit.
	OutcomeProducts AnswerOutcome = "products"
	// OutcomeHandOver means that a person has to answer.
	OutcomeHandOver AnswerOutcome = "hand_over"
)

// AnswerQuery is a question to the help desk.
type AnswerQuery struct {
	Text string `json:"text"`
	// Session keeps the thread of a conversation: the product and the answers that were talked of last.
	Session string `json:"session,omitempty"`
	// Product is the id of the product that is asked about.
	Product string `json:"product,omitempty"`
}

// AnswerReply replies to an [AnswerQuery]. Every text in it is from the bank or from the catalogue.
type AnswerReply struct {
	// ID names the reply, for feedback.
	ID      string        `json:"id"`
	Outcome AnswerOutcome `json:"outcome"`
	// Confidence is the probability that the first of the bank's answers is right.
	Confidence float64 `json:"confidence"`
	// Answer is set when the outcome is an answer, Candidates when there is a choice.
	Answer     *FoundAnswer  `json:"answer,omitempty"`
	Candidates []FoundAnswer `json:"candidates,omitempty"`
	// Text says what the catalogue has of the product that was asked about, and Facts each thing by itself.
	Text  string        `json:"text,omitempty"`
	Facts []ProductFact `json:"facts,omitempty"`
	// Products are those that were asked about, or that fit.
	Products []Hit    `json:"products,omitempty"`
	TookMS   float64  `json:"took_ms"`
	Degraded []string `json:"degraded,omitempty"`
}

// FoundAnswer is an answer of the bank.
type FoundAnswer struct {
	// Entry is its id.
	Entry string `json:"entry"`
	// Question is the one of the bank that is nearest to what was asked.
	Question   string  `json:"question"`
	Answer     string  `json:"answer"`
	Intent     string  `json:"intent,omitempty"`
	Source     string  `json:"source,omitempty"`
	Confidence float64 `json:"confidence"`
}

// ProductFact is a value that was asked about.
type ProductFact struct {
	Field string `json:"field"`
	Value string `json:"value"`
	// Has tells whether the product, or one of its group, has the value.
	Has bool `json:"has"`
}

// AnswerFeedback says whether an answer helped.
type AnswerFeedback struct {
	// Reply is the id of an [AnswerReply].
	Reply string `json:"reply"`
	// Entry is the answer that is meant; "" means the reply's first.
	Entry   string `json:"entry,omitempty"`
	Helpful bool   `json:"helpful"`
}

// BankReport says what became of the rows of an import.
type BankReport struct {
	Rows int `json:"rows"`
	// Entries are new ones, Questions were added to new ones and old.
	Entries   int `json:"entries"`
	Questions int `json:"questions"`
	// Replaced counts answers that an entry with the same id had instead, Duplicates questions that were there already.
	Replaced   int       `json:"replaced"`
	Duplicates int       `json:"duplicates"`
	Rejected   []BankRow `json:"rejected"`
	// Problems are those of the whole bank after the import.
	Problems []BankProblem `json:"problems"`
}

// BankRow is a row that was not taken, from 1.
type BankRow struct {
	Row    int    `json:"row"`
	Reason string `json:"reason"`
}

// BankProblem is something for the editor of the bank to decide.
type BankProblem struct {
	// Kind is "contradiction", where one question or intent has several answers.
	Kind string `json:"kind"`
	// Question or Intent is what has them, Entries are the ids.
	Question string   `json:"question,omitempty"`
	Intent   string   `json:"intent,omitempty"`
	Entries  []string `json:"entries"`
}

// BankInfo describes the bank.
type BankInfo struct {
	Entries   int `json:"entries"`
	Questions int `json:"questions"`
	// Ranking is "nearest" or, where there are enough questions an answer, "intents".
	Ranking string `json:"ranking"`
	// Current tells whether every change has been learned.
	Current  bool          `json:"current"`
	Problems []BankProblem `json:"problems"`
}

// UnansweredCluster is a group of like questions that the bank has no answer to.
type UnansweredCluster struct {
	// Question is the one in the middle.
	Question  string   `json:"question"`
	Count     int      `json:"count"`
	Questions []string `json:"questions"`
}
