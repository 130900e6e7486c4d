#include "textflag.h"

// PRODUCT adds the products of the floats in x and y to sum. DISTANCE takes the squares of their differences from sum, and loses x.
// The assembler knows neither vector subtraction nor addition of floats: they are multiplications by V20, which has ones.
#define PRODUCT(x, y, sum) \
	VFMLA x.S4, y.S4, sum.S4

#define DISTANCE(x, y, sum) \
	VFMLS y.S4, V20.S4, x.S4   \
	VFMLS x.S4, x.S4, sum.S4

#define PRODUCT1 \
	FMADDS F16, F0, F4, F0

#define DISTANCE1 \
	FSUBS  F16, F4, F4         \
	FMSUBS F4, F0, F4, F0

// MULTIPLY leaves in F0 what STEP makes of the R2 floats at R0 and at R1.
#define MULTIPLY(STEP, ONE) \
	FMOVS $1.0, F20            \
	VDUP  V20.S[0], V20.S4     \
	VEOR  V0.B16, V0.B16, V0.B16 \
	VEOR  V1.B16, V1.B16, V1.B16 \
	VEOR  V2.B16, V2.B16, V2.B16 \
	VEOR  V3.B16, V3.B16, V3.B16 \
	SUBS  $16, R2, R2          \
	BLT   fours                \
	\
block: \
	VLD1.P 64(R0), [V4.S4, V5.S4, V6.S4, V7.S4] \
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4] \
	STEP(V4, V16, V0)          \
	STEP(V5, V17, V1)          \
	STEP(V6, V18, V2)          \
	STEP(V7, V19, V3)          \
	SUBS  $16, R2, R2          \
	BGE   block                \
	\
fours: \
	ADDS  $12, R2, R2          \
	BLT   reduce               \
	\
four: \
	VLD1.P 16(R0), [V4.S4]     \
	VLD1.P 16(R1), [V16.S4]    \
	STEP(V4, V16, V0)          \
	SUBS  $4, R2, R2           \
	BGE   four                 \
	\
reduce: \
	VFMLA V1.S4, V20.S4, V0.S4 \
	VFMLA V3.S4, V20.S4, V2.S4 \
	VFMLA V2.S4, V20.S4, V0.S4 \
	VMOV  V0.S[1], R3          \
	VMOV  V0.S[2], R4          \
	VMOV  V0.S[3], R5          \
	FMOVS R3, F1               \
	FMOVS R4, F2               \
	FMOVS R5, F3               \
	FADDS F1, F0, F0           \
	FADDS F3, F2, F2           \
	FADDS F2, F0, F0           \
	ADDS  $4, R2, R2           \
	BEQ   done                 \
	\
single: \
	FMOVS.P 4(R0), F4          \
	FMOVS.P 4(R1), F16         \
	ONE                        \
	SUBS  $1, R2, R2           \
	BNE   single               \
	\
done: \

// func dotNEON(a, b *float32, n int) float32
TEXT ·dotNEON(SB), NOSPLIT, $0-28
	MOVD a+0(FP), R0
	MOVD b+8(FP), R1
	MOVD n+16(FP), R2
	MULTIPLY(PRODUCT, PRODUCT1)
	FMOVS F0, ret+24(FP)
	RET

// func l2NEON(a, b *float32, n int) float32
TEXT ·l2NEON(SB), NOSPLIT, $0-28
	MOVD a+0(FP), R0
	MOVD b+8(FP), R1
	MOVD n+16(FP), R2
	MULTIPLY(DISTANCE, DISTANCE1)
	FMOVS F0, ret+24(FP)
	RET

// SDOT adds products of four signed bytes each to the four sums in sum: SDOT sum.4S, x.16B, y.16B, which the assembler does not know.
#define SDOT(y, x, sum) WORD $(0x4e809400 | y<<16 | x<<5 | sum)

// func codeNEON(q *int8, row *uint8, width int) int32
TEXT ·codeNEON(SB), NOSPLIT, $0-28
	MOVD q+0(FP), R0
	MOVD row+8(FP), R1
	MOVD width+16(FP), R2
	VMOVI $0x80, V20.B16
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16

line:
	// A byte of a row is 128 more than the element: without its highest bit it is that, signed.
	VLD1.P 64(R0), [V4.B16, V5.B16, V6.B16, V7.B16]
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VEOR V20.B16, V16.B16, V16.B16
	VEOR V20.B16, V17.B16, V17.B16
	VEOR V20.B16, V18.B16, V18.B16
	VEOR V20.B16, V19.B16, V19.B16
	SDOT(4, 16, 0)
	SDOT(5, 17, 1)
	SDOT(6, 18, 2)
	SDOT(7, 19, 3)
	SUBS $64, R2, R2
	BNE  line

	VADD V1.S4, V0.S4, V0.S4
	VADD V3.S4, V2.S4, V2.S4
	VADD V2.S4, V0.S4, V0.S4
	VADDV V0.S4, V0
	VMOV V0.S[0], R3
	MOVW R3, ret+24(FP)
	RET
