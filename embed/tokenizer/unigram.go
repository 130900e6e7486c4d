package tokenizer

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"vitrine"
)

// unknownPenalty is by how much a character that no piece covers counts worse than the worst piece, as in SentencePiece.
const unknownPenalty = 10

// unigram cuts a text into the pieces whose log probabilities have the greatest sum, found with Viterbi's algorithm (Kudo 2018).
type unigram struct {
	trie   trie
	scores []float64
	ids    map[string]int64
	// bytes are the ids of the 256 byte pieces; nil when a character without a piece is unknown.
	bytes   []int64
	unknown int64
	worst   float64
}

func loadUnigram(part json.RawMessage) (model, error) {
	file, err := decode[struct {
		Vocab        []unigramPiece `json:"vocab"`
		Unknown      *int64         `json:"unk_id"`
		ByteFallback bool           `json:"byte_fallback"`
	}](part)
	if err != nil {
		return nil, err
	}
	if len(file.Vocab) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: the vocabulary is empty")
	}
	if file.Unknown == nil || *file.Unknown < 0 || *file.Unknown >= int64(len(file.Vocab)) {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: Unigram needs unk_id, the number of a piece")
	}
	u := &unigram{unknown: *file.Unknown, worst: math.Inf(1), ids: make(map[string]int64, len(file.Vocab)), scores: make([]float64, len(file.Vocab))}
	for id, p := range file.Vocab {
		u.scores[id], u.ids[p.text] = p.score, int64(id)
		u.worst = min(u.worst, p.score)
	}
	u.trie = newTrie(u.ids)
	if file.ByteFallback {
		u.bytes = byteTokens(u.ids)
	}
	return u, nil
}

// unigramPiece is a piece written as ["▁red", -7.5].
type unigramPiece struct {
	text  string
	score float64
}

// UnmarshalJSON reads the pair.
func (p *unigramPiece) UnmarshalJSON(data []byte) error {
	pair := []any{&p.text, &p.score}
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return vitrine.Errorf(vitrine.Invalid, "piece %s: want [text, score]", data)
	}
	return nil
}

// byteTokens returns the ids of <0x00> to <0xFF>, nil unless all are there.
func byteTokens(vocabulary map[string]int64) []int64 {
	ids := make([]int64, 256)
	for b := range ids {
		id, ok := vocabulary[fmt.Sprintf("<0x%02X>", b)]
		if !ok {
			return nil
		}
		ids[b] = id
	}
	return ids
}

func (u *unigram) size() int { return len(u.scores) }

// step is the best way to a position of the text: the piece that ends there, where that begins, and the sum of the scores so far.
type step struct {
	id    int64
	begin int
	score float64
}

func (u *unigram) tokens(dst []int64, text string, _ int) []int64 {
	best := make([]step, len(text)+1)
	for i := range best {
		best[i].begin = -1
	}
	offer := func(begin, end int, id int64, score float64) {
		if s := &best[end]; s.begin < 0 || score > s.score {
			*s = step{id, begin, score}
		}
	}
	for at := 0; at < len(text); {
		_, width := utf8.DecodeRuneInString(text[at:])
		covered := false
		u.trie.prefixes(text[at:], func(length int, id int64) {
			offer(at, at+length, id, best[at].score+u.scores[id])
			covered = covered || length == width
		})
		if !covered {
			offer(at, at+width, u.unknown, best[at].score+u.worst-unknownPenalty)
		}
		at += width
	}
	start := len(dst)
	for end := len(text); end > 0; {
		s := best[end]
		begin := s.begin
		if s.id == u.unknown {
			// A run of unknown characters is one token.
			for begin > 0 && best[begin].id == u.unknown {
				begin = best[begin].begin
			}
			dst = u.appendUnknown(dst, text[begin:end])
		} else {
			dst = append(dst, s.id)
		}
		end = begin
	}
	slices.Reverse(dst[start:])
	return dst
}

// appendUnknown appends, last first, what stands for characters without a piece.
func (u *unigram) appendUnknown(dst []int64, run string) []int64 {
	if id, ok := u.ids[run]; ok {
		return append(dst, id)
	}
	if u.bytes == nil {
		return append(dst, u.unknown)
	}
	for i := len(run) - 1; i >= 0; i-- {
		dst = append(dst, u.bytes[run[i]])
	}
	return dst
}
