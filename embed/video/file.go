package video

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"vitrine"
)

// file is a clip in a temporary folder of its own, which also takes its frames.
type file struct {
	o       *Options
	dir     string
	demuxer string
}

const clipName = "clip"

func newFile(o *Options, data []byte) (*file, error) {
	if len(data) > o.Bytes {
		return nil, vitrine.Errorf(vitrine.TooLarge, "%d bytes, at most %d are allowed", len(data), o.Bytes)
	}
	kind, err := demuxer(data)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "vitrine-clip-")
	if err != nil {
		return nil, err
	}
	f := &file{o: o, dir: dir, demuxer: kind}
	if err := os.WriteFile(filepath.Join(dir, clipName), data, 0o600); err != nil {
		return nil, errors.Join(err, f.remove())
	}
	return f, nil
}

func (f *file) remove() error { return os.RemoveAll(f.dir) }

// input puts what names the clip behind the options.
func (f *file) input(options ...string) []string {
	return append(options, "-protocol_whitelist", "file", "-f", f.demuxer, "-i", "file:"+filepath.Join(f.dir, clipName))
}

// run runs a program in the clip's folder and returns what it prints. A program that is not there is Unavailable; one that ends with an error found the clip
// unreadable, which is Invalid with its last words.
func (f *file) run(ctx context.Context, program string, args ...string) ([]byte, error) {
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the operator names the program, and nothing of the clip is in the arguments
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = f.dir, &out, &complaints, time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return nil, vitrine.Errorf(vitrine.Unavailable, "clips are read with ffmpeg, and %s is not installed", program)
	case errors.As(err, &exit) && exit.Exited():
		return nil, vitrine.Errorf(vitrine.Invalid, "the file cannot be read: %s", f.reason(complaints.String()))
	}
	return nil, vitrine.Errorf(vitrine.Internal, "%s: %w", program, err)
}

// reason is the last line that a program complained with, without the name of the temporary file.
func (f *file) reason(complaints string) string {
	lines := strings.Split(strings.TrimSpace(complaints), "\n")
	last := strings.ReplaceAll(lines[len(lines)-1], "file:"+filepath.Join(f.dir, clipName)+": ", "")
	return strings.ToValidUTF8(last[:min(len(last), 200)], "")
}
