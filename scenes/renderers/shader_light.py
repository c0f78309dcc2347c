"""GLSL of the light that reaches a point: shadows, ambient, lamps, and what rain makes of a ground.

Each is a piece of the fragment shader in `shaders`, after its `Surface` and `reflected`.
"""

from __future__ import annotations

MOST_LAMPS = 16
"""Lamps that shine on one body; of more the strongest are taken."""

SHADOWS = """
#ifdef SHADOWS
uniform sampler2DShadow sun_map;
uniform float sun_tap;            // distance of the filter's outer taps, texture coordinates
uniform sampler2D sky_map;        // covered share, and that times the height of what covers
uniform float sky_reach;          // 1 / metres
in vec3 sun_at;
in vec2 sky_at;
#ifdef SOFT
uniform sampler2D sun_depth;      // the sun map as it is
uniform vec2 sun_soft;            // texture coordinates per unit of depth between caster and shadow, and the most
#endif
#ifdef CASCADES
uniform sampler2DShadow far_map;
in vec3 far_at;
#ifdef SOFT
uniform sampler2D far_depth;
uniform vec2 far_soft;
#endif
#endif

float five_taps(sampler2DShadow map, vec3 at) {
    float s = sun_tap;
    float sum = 2.0 * texture(map, at);
    sum += texture(map, at + vec3(-s, -0.5 * s, 0.0)) + texture(map, at + vec3(0.5 * s, -s, 0.0));
    sum += texture(map, at + vec3(s, 0.5 * s, 0.0)) + texture(map, at + vec3(-0.5 * s, s, 0.0));
    return sum / 6.0;
}

#ifdef SOFT
// Points evenly over a disc (Vogel 1979), first for the search, all for the filter.
const vec2 DISC[9] = vec2[9](
    vec2(0.0, 0.0), vec2(-0.2606, 0.2388), vec2(0.0437, -0.4981), vec2(0.3726, 0.4860), vec2(-0.6964, -0.1230),
    vec2(0.6674, -0.4246), vec2(-0.2253, 0.8363), vec2(-0.4363, -0.8270), vec2(0.9399, 0.3416));

// Percentage-closer soft shadows (Fernando 2005): the mean depth of what stands before tells how wide the penumbra is.
float soft_taps(sampler2DShadow map, sampler2D depth, vec2 soft, vec3 at) {
    // Interleaved gradient noise (Jimenez 2014) turns the disc from pixel to pixel.
    float turn = 6.2832 * fract(52.9829 * fract(dot(gl_FragCoord.xy, vec2(0.06711, 0.00584))));
    mat2 turned = mat2(cos(turn), sin(turn), -sin(turn), cos(turn));
    float before = 0.0, count = 0.0;
    for (int i = 0; i < 9; ++i) {
        float z = textureLod(depth, at.xy + turned * DISC[i] * max(soft.y, sun_tap), 0.0).r;
        if (z < at.z) {
            before += at.z - z;
            count += 1.0;
        }
    }
    if (count == 0.0) return 1.0;
    float radius = clamp(before / count * soft.x, sun_tap, soft.y);
    float sum = 0.0;
    for (int i = 0; i < 9; ++i) sum += texture(map, at + vec3(turned * DISC[i] * radius, 0.0));
    return sum / 9.0;
}
#define TAPS(map, depth, soft, at) soft_taps(map, depth, soft, at)
#else
#define TAPS(map, depth, soft, at) five_taps(map, at)
#endif

bool within(vec2 at, float rim) {
    return all(greaterThan(at, vec2(rim))) && all(lessThan(at, vec2(1.0 - rim)));
}
#endif

// The share of the sun that bodies leave to a point.
float lit(float facing) {
#ifdef SHADOWS
    if (facing <= 0.0) return 0.0;
    // Receivers beyond the fitted range lie behind every caster.
    vec3 at = vec3(sun_at.xy, min(sun_at.z, 0.9999));
#ifdef CASCADES
    if (within(at.xy, 0.01)) return TAPS(sun_map, sun_depth, sun_soft, at);
    vec3 far = vec3(far_at.xy, min(far_at.z, 0.9999));
    return within(far.xy, 0.0) ? TAPS(far_map, far_depth, far_soft, far) : 1.0;
#else
    return within(at.xy, 0.0) ? TAPS(sun_map, sun_depth, sun_soft, at) : 1.0;
#endif
#else
    return 1.0;
#endif
}

// The share of the sky that bodies near and above leave to a point.
float open_sky() {
#ifdef SHADOWS
    vec2 near = texture(sky_map, sky_at).rg;
    float above = near.g - near.r * position.z;
    return 1.0 - 0.85 * min(clamp(above * sky_reach, 0.0, 1.0), near.r);
#else
    return 1.0;
#endif
}
"""

AMBIENT = """
#ifdef ENVIRONMENT
uniform vec3 harmonics[9];        // irradiance over pi (Ramamoorthi and Hanrahan 2001), constants multiplied in
uniform sampler2D environment;    // mip level 4 r holds the light seen by roughness r

vec3 irradiance(vec3 n) {
    return max(harmonics[0] + harmonics[1] * n.y + harmonics[2] * n.z + harmonics[3] * n.x
        + harmonics[4] * (n.x * n.y) + harmonics[5] * (n.y * n.z) + harmonics[6] * (3.0 * n.z * n.z - 1.0)
        + harmonics[7] * (n.x * n.z) + harmonics[8] * (n.x * n.x - n.y * n.y), 0.0);
}

vec3 mirrored(vec3 r, float roughness) {
    vec2 at = vec2(0.5 - atan(r.y, r.x) * 0.15915494, acos(clamp(r.z, -1.0, 1.0)) * 0.31830989);
    return textureLod(environment, at, 4.0 * roughness).rgb;
}
#else
uniform vec3 sky;
uniform vec3 bounce;

vec3 irradiance(vec3 n) {
    return mix(bounce, sky, 0.5 + 0.5 * n.z);
}

vec3 mirrored(vec3 r, float roughness) {
    return mix(bounce, sky, smoothstep(-0.3 - roughness, 0.3 + roughness, r.z));
}
#endif

// Diffuse by the normal, specular by the mirrored ray (Karis 2014, mobile approximation).
vec3 ambient(Surface s) {
    vec4 k = s.roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a004 = min(k.x * k.x, exp2(-9.28 * s.ndv)) * k.x + k.y;
    vec2 ab = vec2(-1.04, 1.04) * a004 + k.zw;
    return s.albedo * irradiance(s.n) + mirrored(reflect(-s.v, s.n), s.roughness) * (s.f0 * ab.x + ab.y);
}
"""

LAMPS = f"""
#ifdef LAMPS
uniform int lamp_count;
uniform vec4 lamp_at[{MOST_LAMPS}];           // place, and 1 / reach squared
uniform vec3 lamp_color[{MOST_LAMPS}];

vec3 lamplight(Surface s) {{
    vec3 sum = vec3(0.0);
    for (int i = 0; i < lamp_count; ++i) {{
        vec3 to = lamp_at[i].xyz - position;
        float square = dot(to, to);
        // The inverse square, bent to end at the reach (Karis 2013).
        float bent = square * lamp_at[i].w;
        float window = max(1.0 - bent * bent, 0.0);
        vec3 l = to * inversesqrt(square);
        float facing = dot(s.n, l);
        if (window * facing > 0.0)
            sum += reflected(s, l, facing) * lamp_color[i] * (window * window / max(square, 1e-4));
    }}
    return sum;
}}
#endif
"""

WET = """
#ifdef WET
uniform float wet;

float chance(ivec2 cell) {
    uint h = uint(cell.x) * 0x9E3779B9u + uint(cell.y) * 0x85EBCA6Bu;
    h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 12)) * 0x297A2D39u;
    return float((h ^ (h >> 15)) >> 8) / 16777216.0;
}

float value_noise(vec2 at) {
    ivec2 cell = ivec2(floor(at));
    vec2 f = at - vec2(cell);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(chance(cell), chance(cell + ivec2(1, 0)), f.x),
        mix(chance(cell + ivec2(0, 1)), chance(cell + ivec2(1, 1)), f.x), f.y);
}

// Water fills the pores, which darkens and smooths (Lagarde 2013, "Water drop 3b"); what is over stands in puddles.
void rained_on(inout Surface s) {
    float damp = min(1.5 * wet, 1.0);
    s.albedo *= 1.0 - 0.5 * damp;
    s.roughness = mix(s.roughness, 0.45 * s.roughness, damp);
    vec2 at = position.xy;
    float high = 0.6 * value_noise(0.45 * at) + 0.3 * value_noise(1.3 * at + 17.0) + 0.1 * value_noise(4.1 * at + 5.0);
    float water = smoothstep(0.0, 0.05, 0.62 * wet - 0.07 - high) * step(0.9, s.n.z);
    s.albedo *= 1.0 - 0.35 * water;
    s.f0 = mix(s.f0, vec3(0.02), water);
    s.roughness = mix(s.roughness, 0.06, water);
    s.n = normalize(mix(s.n, vec3(0.0, 0.0, 1.0), water));
}
#endif
"""
