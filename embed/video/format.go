package video

import (
	"net/http"
	"strings"

	"vitrine"
)

// demuxer names ffmpeg's reader of a clip by the first bytes of it, so that ffmpeg does not guess among all that it knows. Anything that is no clip is Invalid.
func demuxer(data []byte) (string, error) {
	head := string(data[:min(len(data), 12)])
	switch {
	case len(head) == 12 && head[4:8] == "ftyp":
		return "mov", nil
	case strings.HasPrefix(head, "\x1a\x45\xdf\xa3"):
		return "matroska", nil
	case strings.HasPrefix(head, "GIF8"):
		return "gif", nil
	case len(head) == 12 && head[:4] == "RIFF" && head[8:] == "WEBP":
		return "webp_pipe", nil
	case head == "":
		return "", vitrine.Errorf(vitrine.Invalid, "the file is empty")
	}
	return "", vitrine.Errorf(vitrine.Invalid, "the content is %s, not MP4, WebM, GIF or WebP", http.DetectContentType(data))
}

// Check reports Invalid for content that is no clip by its first bytes.
func Check(data []byte) error {
	_, err := demuxer(data)
	return err
}
