package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"vitrine"
)

// jobArchive keeps jobs in a folder: ID.json, and ID.csv with the rejected rows. Without a folder it keeps nothing.
type jobArchive struct{ folder string }

// archivedJob is what ID.json holds.
type archivedJob struct {
	Job     Job            `json:"job"`
	Request ReindexRequest `json:"request"`
}

// read returns the jobs of the folder, which is made when absent. A file that is damaged is told of and left where it is.
func (a jobArchive) read(log *slog.Logger) ([]Job, error) {
	if a.folder == "" {
		return nil, nil
	}
	if err := os.MkdirAll(a.folder, 0o700); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "archive of jobs: %w", err)
	}
	files, err := os.ReadDir(a.folder)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "archive of jobs: %w", err)
	}
	var list []Job
	for _, f := range files {
		id, isJob := strings.CutSuffix(f.Name(), ".json")
		if !isJob {
			continue
		}
		var kept archivedJob
		data, err := os.ReadFile(a.path(f.Name()))
		if err == nil {
			err = json.Unmarshal(data, &kept)
		}
		if err != nil || kept.Job.ID != id {
			log.Warn("archive of jobs: file is damaged", "file", f.Name(), "error", err)
			continue
		}
		kept.Job.request = kept.Request
		list = append(list, kept.Job)
	}
	return list, nil
}

// write replaces the files of a job. Rows are kept only when there are any.
func (a jobArchive) write(j Job, rejected []Problem) error {
	if a.folder == "" {
		return nil
	}
	if len(rejected) > 0 {
		rows, err := rejectedCSV(rejected)
		if err == nil {
			err = a.replace(j.ID+".csv", rows)
		}
		if err != nil {
			return err
		}
	}
	data, err := json.Marshal(archivedJob{j, j.request})
	if err != nil {
		return err
	}
	return a.replace(j.ID+".json", data)
}

// replace writes a file whole or not at all.
func (a jobArchive) replace(name string, data []byte) error {
	f, err := os.CreateTemp(a.folder, ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), a.path(name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func (a jobArchive) remove(id string) {
	if a.folder != "" {
		_ = os.Remove(a.path(id + ".csv"))
		_ = os.Remove(a.path(id + ".json"))
	}
}

// rejected returns the CSV file of a job that exists.
func (a jobArchive) rejected(id string) ([]byte, error) {
	data, err := os.ReadFile(a.path(id + ".csv"))
	if errors.Is(err, fs.ErrNotExist) {
		return rejectedCSV(nil)
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "rejected rows of job %q: %w", id, err)
	}
	return data, nil
}

func (a jobArchive) path(name string) string { return filepath.Join(a.folder, name) }

// rejections are the rejected rows of a report, which may be nil.
func rejections(r *Report) []Problem {
	if r == nil {
		return nil
	}
	return r.Rejections
}

// rejectedCSV writes rows with a header.
func rejectedCSV(rows []Problem) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"row", "id", "reason"}) // a fault is remembered until Error
	for _, p := range rows {
		_ = w.Write([]string{strconv.FormatInt(p.Row, 10), p.ID, p.Reason})
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
