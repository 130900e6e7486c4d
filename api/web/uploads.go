package web

import (
	"container/list"
	"crypto/rand"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"

	"vitrine"
)

// uploads keeps uploaded pictures by an unguessable id, the least recently used giving way; safe for concurrent use.
type uploads struct {
	most int64

	mu    sync.Mutex
	bytes int64
	byID  map[string]*list.Element
	// used holds *uploadedPicture, the latest first.
	used *list.List
}

type uploadedPicture struct {
	id   string
	data []byte
}

func newUploads(most int64) *uploads {
	return &uploads{most: most, byID: map[string]*list.Element{}, used: list.New()}
}

func (u *uploads) put(data []byte) (id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	id = rand.Text()
	u.byID[id] = u.used.PushFront(&uploadedPicture{id, data})
	u.bytes += int64(len(data))
	for u.bytes > u.most && u.used.Len() > 1 {
		oldest, _ := u.used.Remove(u.used.Back()).(*uploadedPicture)
		delete(u.byID, oldest.id)
		u.bytes -= int64(len(oldest.data))
	}
	return id
}

func (u *uploads) get(id string) (data []byte, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	element, ok := u.byID[id]
	if !ok {
		return nil, false
	}
	u.used.MoveToFront(element)
	picture, ok := element.Value.(*uploadedPicture)
	if !ok {
		return nil, false
	}
	return picture.data, true
}

// upload keeps a picture and leads to its results, so that they can be paged, narrowed down and reloaded like any others.
func (s *site) upload(w http.ResponseWriter, r *http.Request) error {
	const formRoom = 64 << 10
	r.Body = http.MaxBytesReader(w, r.Body, s.options.UploadBytes+formRoom)
	form, err := r.MultipartReader()
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "the upload is no form")
	}
	q := search{Index: s.options.Index, standard: s.options.Index}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return uploadError(err)
		}
		data, err := readPart(part, s.options.UploadBytes)
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "q":
			q.Text = strings.TrimSpace(string(data))
		case "index":
			if len(data) > 0 {
				q.Index = string(data)
			}
		case "image":
			if len(data) > 0 {
				q.Picture = s.uploads.put(data)
			}
		}
	}
	http.Redirect(w, r, q.URL(), http.StatusSeeOther)
	return nil
}

func readPart(part *multipart.Part, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil {
		return nil, uploadError(err)
	}
	if int64(len(data)) > most {
		return nil, vitrine.Errorf(vitrine.TooLarge, "the picture is larger than %d bytes", most)
	}
	return data, nil
}

func uploadError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return vitrine.Errorf(vitrine.TooLarge, "the upload is larger than %d bytes", tooLarge.Limit)
	}
	return vitrine.Errorf(vitrine.Invalid, "the upload broke off")
}

// uploaded shows an uploaded picture to who has its id.
func (s *site) uploaded(w http.ResponseWriter, r *http.Request) {
	data, ok := s.uploads.get(r.PathValue("id"))
	kind := http.DetectContentType(data)
	if !ok || !slices.Contains([]string{"image/jpeg", "image/png", "image/webp", "image/gif"}, kind) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	_, _ = w.Write(data) // the visitor has left: nobody to tell
}
