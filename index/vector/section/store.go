package section

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"vitrine"
)

// Store is a file on disk, mapped into memory as it was when it was opened: changes of that memory are private until a commit writes
// them. Commit and Close must not run at the same time.
type Store struct {
	path, magic string
	file        *File
	mapped      []byte
}

// Create returns a store whose file the first commit makes.
func Create(path, magic string) *Store { return &Store{path: path, magic: magic} }

// Open maps the file at path, and checks every block but those of the excepted name.
// Invalid: it has no whole commit, or is damaged; [fs.ErrNotExist] can be recognised in the error.
func Open(path, magic, except string) (s *Store, err error) {
	s = Create(path, magic)
	f, err := os.Open(path) //nolint:gosec // the caller names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "vector file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "vector file: %w", err)
	}
	if info.Size() == 0 {
		return nil, errTorn(magic)
	}
	s.mapped, err = unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "vector file: map: %w", err)
	}
	if s.file, err = Parse(s.mapped, magic); err == nil {
		err = s.file.Verify(except)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// File is what the file had when it was opened; its numbers may be used and changed until Close.
func (s *Store) File() *File { return s.file }

// Tag is that of the last commit, 0 before any.
func (s *Store) Tag() uint64 {
	if s.file == nil {
		return 0
	}
	return s.file.Tag
}

// slack is the garbage that a file may have before it is written anew, beside as much as it has in use.
const slack = 1 << 20

// Commit makes the file have what put writes: it appends what has changed since the last commit, or writes the file anew where there is
// none yet or more than half of it would be garbage. When it returns, the commit outlasts a crash; when it fails, the one before stands.
func (s *Store) Commit(tag uint64, put func(*Writer)) error {
	var err error
	if s.file == nil || s.file.end > 2*s.file.used+slack {
		err = s.rewrite(tag, put)
	} else {
		err = s.extend(tag, put)
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "vector file: %w", err)
	}
	return nil
}

func (s *Store) extend(tag uint64, put func(*Writer)) (err error) {
	f, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end := int64(s.file.end) //nolint:gosec // the size of a file
	if err := f.Truncate(end); err != nil {
		return err
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return err
	}
	return s.write(f, tag, put, &Writer{at: s.file.end, before: s.file})
}

func (s *Store) rewrite(tag uint64, put func(*Writer)) (err error) {
	dir := filepath.Dir(s.path)
	f, err := os.CreateTemp(dir, filepath.Base(s.path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = s.write(f, tag, put, nil)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), s.path); err != nil {
		return err
	}
	d, err := os.Open(dir) //nolint:gosec // that of the file, which the caller names
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// write commits through w, or a new writer when it is nil.
func (s *Store) write(f *os.File, tag uint64, put func(*Writer), w *Writer) error {
	out := bufio.NewWriterSize(f, 1<<20)
	sync := func() error { return errors.Join(out.Flush(), f.Sync()) }
	if w == nil {
		w = NewWriter(out, s.magic)
	}
	w.out, w.magic, w.have, w.owned = out, s.magic, map[key]entry{}, true
	put(w)
	if err := errors.Join(w.Finish(tag, sync), sync()); err != nil {
		return err
	}
	next := &File{Tag: tag, entries: w.have, end: w.at}
	for _, e := range w.have {
		next.used += padded(e.length)
	}
	s.file = next
	for _, settle := range w.settle {
		settle()
	}
	return nil
}

// Close unmaps the file: memory that was taken from it must not be touched any more.
func (s *Store) Close() error {
	mapped := s.mapped
	s.mapped = nil
	if mapped == nil {
		return nil
	}
	if err := unix.Munmap(mapped); err != nil {
		return vitrine.Errorf(vitrine.Internal, "vector file: unmap: %w", err)
	}
	return nil
}
