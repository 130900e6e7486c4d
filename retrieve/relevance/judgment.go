package relevance

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"vitrine"
)

// Judged is a query with the grades of its judged products.
type Judged struct {
	Query  string
	Grades map[string]int
}

// maxGrade is the highest grade that a file may give.
const maxGrade = 10

// ReadJudgments reads graded judgments; the format is told by the first line:
//
//   - CSV with a header that names the columns, in any order and among others: the query ("query", "query text", "search term"), the product
//     ("product_id", "docid", "doc id", "id") and the grade ("grade", "rating", "relevance"), as Quepid writes it too; a row without a grade is not judged;
//   - CSV without a header: query, product, grade;
//   - TREC qrels: query id, iteration, product, grade, parted by blanks. topics, which may be nil, gives the texts of the ids.
//
// A grade below 0 counts as 0. Queries come in the order of the file. An error has code [vitrine.Invalid] and names the line.
func ReadJudgments(r io.Reader, topics map[string]string) ([]Judged, error) {
	text := bufio.NewReader(r)
	first, err := text.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	line, _, _ := strings.Cut(strings.TrimPrefix(string(first), "\ufeff"), "\n")
	if !strings.Contains(line, ",") && len(strings.Fields(line)) == 4 {
		return readQrels(text, topics)
	}
	return readJudgmentRows(text)
}

// judgments collects rows.
type judgments struct {
	list []Judged
	at   map[string]int
}

func (j *judgments) add(line int, query, product, grade string) error {
	g, err := strconv.ParseFloat(grade, 64)
	switch {
	case query == "" || product == "":
		return vitrine.Errorf(vitrine.Invalid, "line %d: query or product is empty", line)
	case err != nil || g != math.Trunc(g) || g > maxGrade:
		return vitrine.Errorf(vitrine.Invalid, "line %d: grade %q is not a whole number up to %d", line, grade, maxGrade)
	}
	if j.at == nil {
		j.at = map[string]int{}
	}
	i, ok := j.at[query]
	if !ok {
		i = len(j.list)
		j.at[query] = i
		j.list = append(j.list, Judged{Query: query, Grades: map[string]int{}})
	}
	j.list[i].Grades[product] = int(max(g, 0))
	return nil
}

func readQrels(r io.Reader, topics map[string]string) ([]Judged, error) {
	var j judgments
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		f := strings.Fields(lines.Text())
		if len(f) == 0 {
			continue
		}
		if len(f) != 4 {
			return nil, vitrine.Errorf(vitrine.Invalid, "line %d: has %d fields; qrels have query, iteration, product, grade", n, len(f))
		}
		query := strings.TrimPrefix(f[0], "\ufeff")
		if topics != nil {
			text, ok := topics[query]
			if !ok {
				return nil, vitrine.Errorf(vitrine.Invalid, "line %d: query %q is not among the topics", n, query)
			}
			query = text
		}
		if err := j.add(n, query, f[2], f[3]); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "qrels: %w", err)
	}
	return j.list, nil
}

// ReadTopics reads the texts of query ids: lines of an id, a tab, and a text.
func ReadTopics(r io.Reader) (map[string]string, error) {
	topics := map[string]string{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		id, text, ok := strings.Cut(lines.Text(), "\t")
		id, text = strings.TrimSpace(strings.TrimPrefix(id, "\ufeff")), strings.TrimSpace(text)
		if !ok || id == "" || text == "" {
			return nil, vitrine.Errorf(vitrine.Invalid, "line %d: a topic is an id, a tab, and a text", n)
		}
		topics[id] = text
	}
	if err := lines.Err(); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "topics: %w", err)
	}
	return topics, nil
}

func readJudgmentRows(r io.Reader) ([]Judged, error) {
	var j judgments
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = -1
	query, product, grade := 0, 1, 2
	for first := true; ; first = false {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return j.list, nil
		}
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "%w", err)
		}
		line, _ := rows.FieldPos(0)
		if first {
			q, p, g := headerOf(row)
			if q >= 0 && p >= 0 && g >= 0 {
				query, product, grade = q, p, g
				continue
			}
			if len(row) != 3 {
				return nil, vitrine.Errorf(vitrine.Invalid, "line %d: is neither a header with query, product_id and grade nor a row of these three", line)
			}
		}
		if len(row) <= max(query, product, grade) {
			return nil, vitrine.Errorf(vitrine.Invalid, "line %d: has %d fields, too few", line, len(row))
		}
		if strings.TrimSpace(row[grade]) == "" {
			continue
		}
		if err := j.add(line, strings.TrimSpace(row[query]), strings.TrimSpace(row[product]), strings.TrimSpace(row[grade])); err != nil {
			return nil, err
		}
	}
}

// headerOf finds the columns by their names, -1 for one that is not there.
func headerOf(row []string) (query, product, grade int) {
	find := func(names ...string) int {
		return slices.IndexFunc(row, func(cell string) bool {
			name := strings.NewReplacer("_", "", " ", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff"))))
			return slices.Contains(names, name)
		})
	}
	return find("query", "querytext", "searchterm"), find("productid", "docid", "documentid", "id"), find("grade", "rating", "relevance", "judgement", "judgment")
}
