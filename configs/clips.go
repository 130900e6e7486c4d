package configs

import "time"

// Clips is what is read of clips, those of queries and of products.
type Clips struct {
	// PerProduct is the number of clips of a product that are embedded; 0 embeds none.
	PerProduct int `yaml:"per_product"`
	// Bytes, Longest and Pixels bound a clip; Timeout is for reading and embedding it.
	Bytes   Size          `yaml:"bytes"`
	Longest time.Duration `yaml:"longest"`
	Pixels  int           `yaml:"pixels"`
	Timeout time.Duration `yaml:"timeout"`
	// Frames is the most key frames, and Scene the share of change from which a scene begins.
	Frames int     `yaml:"frames"`
	Scene  float64 `yaml:"scene"`
	// FFmpeg and FFprobe are the programs that read clips.
	FFmpeg  string `yaml:"ffmpeg"`
	FFprobe string `yaml:"ffprobe"`
}

func defaultClips() Clips {
	return Clips{
		PerProduct: 1, Bytes: 64 << 20, Longest: 2 * time.Minute, Pixels: 9_000_000, Timeout: 8 * time.Second, Frames: 8, Scene: 0.3,
		FFmpeg: "ffmpeg", FFprobe: "ffprobe",
	}
}

func (c *Clips) validate(check func(ok bool, key string, value any, want string)) {
	check(c.PerProduct >= 0, "clips.per_product", c.PerProduct, "0 or more")
	check(c.Bytes >= 1, "clips.bytes", c.Bytes, "1 or more")
	check(c.Longest > 0, "clips.longest", c.Longest, "above 0")
	check(c.Pixels >= 1, "clips.pixels", c.Pixels, "1 or more")
	check(c.Timeout > 0, "clips.timeout", c.Timeout, "above 0")
	check(c.Frames >= 1 && c.Frames <= 256, "clips.frames", c.Frames, "in 1 … 256")
	check(c.Scene > 0 && c.Scene <= 1, "clips.scene", c.Scene, "above 0 … 1")
	check(c.FFmpeg != "", "clips.ffmpeg", `""`, "a program")
	check(c.FFprobe != "", "clips.ffprobe", `""`, "a program")
}
