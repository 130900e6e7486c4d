package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"vitrine"
	"vitrine/api"
	"vitrine/loaders"
	"vitrine/loaders/feed"
)

// feedSetting is the key below which an index keeps a [builtFeed].
const feedSetting = "feed"

// builtFeed says which version of a feed a generation was built from.
type builtFeed struct {
	Generation int          `json:"generation"`
	Version    feed.Version `json:"version"`
}

// reindexFeed downloads a feed and has an index built from it, unless fresh only if it is not the version that the live generation was built from.
func (e *engine) reindexFeed(
	ctx context.Context, name, url string, fresh bool, progress func(api.Progress), build func(*os.File) (*api.Report, error),
) (report *api.Report, err error) {
	var known feed.Version
	if !fresh {
		if known, err = e.feedOf(name); err != nil {
			return nil, err
		}
	}
	progress(api.Progress{Stage: "download"})
	c := e.config.Feeds
	file, version, err := feed.Fetch(ctx, url, known, feed.Options{Bytes: int64(c.Bytes), Attempts: c.Attempts, Stall: c.Stall, AllowPrivate: c.AllowPrivate, Proxy: c.Proxy})
	if err != nil {
		return nil, err
	}
	if file == nil {
		info, err := e.indexes.Info(name)
		if err != nil {
			return nil, err
		}
		return &api.Report{Generation: strconv.Itoa(info.Generation), Kept: int64(info.Documents), Unchanged: true, Problems: []api.Problem{}}, nil
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	if report, err = build(file); err != nil {
		return nil, err
	}
	if err := e.keepFeed(name, version); err != nil {
		slog.Warn("the feed will be read again even if it does not change", "index", name, "error", err)
	}
	return report, nil
}

// feedOf is the version of the feed that the live generation was built from; zero when it was not, or nobody knows.
func (e *engine) feedOf(name string) (feed.Version, error) {
	kept, err := e.indexes.Setting(name, feedSetting)
	if vitrine.CodeOf(err) == vitrine.NotFound {
		return feed.Version{}, nil
	}
	if err != nil || kept.Data == nil {
		return feed.Version{}, err
	}
	var built builtFeed
	if err := json.Unmarshal(kept.Data, &built); err != nil {
		return feed.Version{}, vitrine.Errorf(vitrine.Internal, "feed of index %q: %w", name, err)
	}
	info, err := e.indexes.Info(name)
	if err != nil || info.Generation != built.Generation {
		return feed.Version{}, err
	}
	return built.Version, nil
}

func (e *engine) keepFeed(name string, version feed.Version) error {
	info, err := e.indexes.Info(name)
	if err != nil {
		return err
	}
	data, err := json.Marshal(builtFeed{info.Generation, version})
	if err != nil {
		return err
	}
	return e.indexes.SetSetting(name, feedSetting, data)
}

// isFeed tells a URL from the path of a file.
func isFeed(source string) bool {
	return strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://")
}

// rejections are the rejected rows of a catalogue, as many as are kept.
type rejections []api.Problem

// add returns a function that keeps a row unless there are limit already.
func (r *rejections) add(limit int) func(loaders.Problem) {
	return func(p loaders.Problem) {
		if len(*r) < limit {
			reason := p.Reason
			if p.Detail != "" {
				reason += ": " + p.Detail
			}
			*r = append(*r, api.Problem{Row: int64(p.Row), ID: p.ID, Reason: reason})
		}
	}
}

// with returns the rows together with those that the index rejected, in row order.
func (r *rejections) with(others []api.Problem) []api.Problem {
	all := slices.Concat(*r, others)
	slices.SortStableFunc(all, func(a, b api.Problem) int { return cmp.Compare(a.Row, b.Row) })
	return all
}

// scheduleReindexes builds indexes anew at the times of the settings, as jobs of the server, until ctx ends.
func scheduleReindexes(ctx context.Context, e *engine, server *api.Server) error {
	for _, r := range e.config.Feeds.Schedule {
		err := atTimes(ctx, "reindex of "+r.Index, r.At, func(context.Context) error {
			_, err := server.Reindex(r.Index, api.ReindexRequest{URL: r.URL, Path: r.Path}) //nolint:contextcheck // the job belongs to the server
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
