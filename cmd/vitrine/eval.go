package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
	"vitrine/index"
	"vitrine/retrieve/relevance"
)

func newEval(s *settings) *cobra.Command {
	return newGroup("eval", "Measure relevance, encoders, the ranking model, recommendations, opinions and the help desk",
		newEvalRelevance(s), newEvalCompare(s), newEvalVoice(s), newEvalQueries(s), newEvalEncoder(s), newEvalRanker(s), newEvalRecommend(s), newEvalInterleave(s), newEvalAttributes(s),
		newEvalOpinion(s), newEvalAnswers(s))
}

// judged is a query with the grades of its judged products.
type judged struct {
	text   string
	grades map[string]int
}

// readJudgments reads judgments by the texts of queries; see [readJudgmentFiles].
func readJudgments(path string) ([]judged, error) { return readJudgmentFiles(path, "") }

// readJudgmentFiles reads judgments in any format that [relevance.ReadJudgments] knows, with the texts of query ids from a second file where that is
// given. Queries come in file order; those without a relevant product are left out.
func readJudgmentFiles(path, topicsPath string) ([]judged, error) {
	var topics map[string]string
	if topicsPath != "" {
		f, err := os.Open(topicsPath) //nolint:gosec // the user names the file
		if err != nil {
			return nil, vitrine.Errorf(vitrine.NotFound, "topics: %w", err)
		}
		defer f.Close() //nolint:errcheck // read only
		if topics, err = relevance.ReadTopics(f); err != nil {
			return nil, fmt.Errorf("topics %s: %w", topicsPath, err)
		}
	}
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "judgments: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	all, err := relevance.ReadJudgments(f, topics)
	if err != nil {
		return nil, fmt.Errorf("judgments %s: %w", path, err)
	}
	var answerable []judged
	for _, j := range all {
		if relevance.Answerable(j.Grades) {
			answerable = append(answerable, judged{j.Query, j.Grades})
		}
	}
	if len(answerable) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "judgments %s: no query has a relevant product", path)
	}
	return answerable, nil
}

// temporaryEngine opens an engine whose indexes live in a temporary folder and are gone with it.
func temporaryEngine(ctx context.Context, s *settings) (e *engine, closer func() error, err error) {
	config, err := s.config()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "vitrine-eval-")
	if err != nil {
		return nil, nil, vitrine.Errorf(vitrine.Unavailable, "temporary index: %w", err)
	}
	config.Data = dir
	// Queries are asked again and again; each shall pay for its own embedding.
	config.Models.Cached = -1
	// Judgments are of words; pictures named by URL would have to be fetched from the network.
	config.Index.Pictures = 0
	if e, err = openEngine(ctx, config, true); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return e, func() error { return errors.Join(e.close(), os.RemoveAll(dir)) }, nil
}

// temporaryIndex is a temporaryEngine that holds the catalogue in a file.
func temporaryIndex(ctx context.Context, s *settings, products string) (e *engine, built *api.Report, closer func() error, err error) {
	if e, closer, err = temporaryEngine(ctx, s); err != nil {
		return nil, nil, nil, err
	}
	if built, err = indexFile(ctx, e, e.config.Index.Name, products, "", index.ReindexOptions{}); err != nil {
		return nil, nil, nil, joinClose(err, closer)
	}
	return e, built, closer, nil
}

// judgedRun is one query's answer in one mode.
type judgedRun struct {
	ids []string
	ms  float64
}

func ask(ctx context.Context, e *engine, q vitrine.Query) (judgedRun, error) {
	results, err := e.Search(ctx, e.config.Index.Name, q)
	if err != nil {
		return judgedRun{}, err
	}
	if len(results.Degraded) > 0 {
		return judgedRun{}, vitrine.Errorf(vitrine.Unavailable, "query %q: degraded: %v", q.Text, results.Degraded)
	}
	run := judgedRun{ms: results.TookMS}
	for _, h := range results.Hits {
		run.ids = append(run.ids, h.ID)
	}
	return run, nil
}
