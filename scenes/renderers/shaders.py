"""GLSL of the gl renderer.

Shading is metallic-roughness (GGX distribution, height-correlated Smith visibility after Karis 2013, Schlick Fresnel)
with one sun and a hemispheric ambient. The factor pi of the Lambert term is folded into the light: a white matt
surface facing a sun of 1 has radiance 1.
"""

from __future__ import annotations

VERTEX = """
#version 330
uniform mat4 model;
uniform mat3 normal_matrix;
uniform mat4 clip_from_world;
#ifdef SHADOWS
uniform vec3 sun;
uniform mat4 sun_from_world;      // to the sun map's texture coordinates and depth
uniform float sun_offset;         // metres along the normal, against acne
uniform mat4x2 sky_from_world;    // to the sky map's texture coordinates
out vec3 sun_at;
out vec2 sky_at;
#endif
in vec3 in_position;
in vec3 in_normal;
out vec3 position;
out vec3 normal;
#ifdef TEXTURED
in vec2 in_uv;
out vec2 uv;
#endif
void main() {
    vec4 world = model * vec4(in_position, 1.0);
    vec3 n = normalize(normal_matrix * in_normal);
    position = world.xyz;
    normal = n;
#ifdef TEXTURED
    uv = in_uv;
#endif
#ifdef SHADOWS
    float facing = dot(n, sun);
    // The grazing the light the longer the step along the normal; towards the sun's side for two-sided sheets.
    float slope = sqrt(max(1.0 - facing * facing, 0.0));
    vec3 lifted = world.xyz + n * (sign(facing) * (0.35 + slope) * sun_offset);
    sun_at = (sun_from_world * vec4(lifted, 1.0)).xyz;
    sky_at = sky_from_world * world;
#endif
    gl_Position = clip_from_world * world;
}
"""

FRAGMENT = """
#version 330
uniform vec3 eye;
uniform vec3 sun;
uniform vec3 sun_color;
uniform vec3 sky;
uniform vec3 bounce;
uniform vec3 base_color;          // linear
uniform float roughness;
uniform float metallic;
uniform uint body_id;
#ifdef TEXTURED
uniform sampler2D base_texture;   // sRGB, decoded by the sampler
#endif
#ifdef SHADOWS
uniform sampler2DShadow sun_map;
uniform float sun_tap;            // distance of the filter's outer taps, texture coordinates
uniform sampler2D sky_map;        // covered share, and that times the height of what covers
uniform float sky_reach;          // 1 / metres
in vec3 sun_at;
in vec2 sky_at;
#endif
in vec3 position;
in vec3 normal;
#ifdef TEXTURED
in vec2 uv;
#endif
layout(location = 0) out vec4 out_color;
layout(location = 1) out uint out_id;

float lit(float facing) {
#ifdef SHADOWS
    if (facing <= 0.0) return 0.0;
    vec3 at = sun_at;
    if (any(lessThan(at.xy, vec2(0.0))) || any(greaterThan(at.xy, vec2(1.0)))) return 1.0;
    at.z = min(at.z, 0.9999);      // receivers beyond the fitted range lie behind every caster
    float s = sun_tap;
    float sum = 2.0 * texture(sun_map, at);
    sum += texture(sun_map, at + vec3(-s, -0.5 * s, 0.0)) + texture(sun_map, at + vec3(0.5 * s, -s, 0.0));
    sum += texture(sun_map, at + vec3(s, 0.5 * s, 0.0)) + texture(sun_map, at + vec3(-0.5 * s, s, 0.0));
    return sum / 6.0;
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

// The straight line up to 0.7, then a shoulder with the same slope that reaches white only at infinity.
vec3 tone(vec3 x) {
    const float a = 0.7;
    vec3 over = max(x - a, 0.0) / (1.0 - a);
    return min(x, a) + (1.0 - a) * (1.0 - exp(-over));
}

vec3 encode(vec3 x) {
    return mix(1.055 * pow(x, vec3(1.0 / 2.4)) - 0.055, 12.92 * x, lessThanEqual(x, vec3(0.0031308)));
}

void main() {
    vec3 n = normalize(gl_FrontFacing ? normal : -normal);
    vec3 v = normalize(eye - position);
    vec3 base = base_color;
#ifdef TEXTURED
    base *= texture(base_texture, uv).rgb;
#endif
    vec3 f0 = mix(vec3(0.04), base, metallic);
    vec3 albedo = base * (1.0 - metallic);
    float ndv = max(dot(n, v), 1e-3);

    // Hemispheric ambient: diffuse by the normal, specular by the mirrored ray (Karis 2014, mobile approximation).
    vec3 ambient = albedo * mix(bounce, sky, 0.5 + 0.5 * n.z);
    vec3 r = reflect(-v, n);
    vec3 env = mix(bounce, sky, smoothstep(-0.3 - roughness, 0.3 + roughness, r.z));
    vec4 k = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a004 = min(k.x * k.x, exp2(-9.28 * ndv)) * k.x + k.y;
    vec2 ab = vec2(-1.04, 1.04) * a004 + k.zw;
    vec3 color = (ambient + env * (f0 * ab.x + ab.y)) * open_sky();

    float facing = dot(n, sun);
    float light = lit(facing);
    if (light * facing > 0.0) {
        vec3 h = normalize(v + sun);
        float ndh = max(dot(n, h), 0.0);
        float vdh = max(dot(v, h), 0.0);
        float a = max(roughness * roughness, 0.0036);
        float a2 = a * a;
        float d = ndh * ndh * (a2 - 1.0) + 1.0;
        float g = 0.5 / mix(2.0 * facing * ndv, facing + ndv, a);
        float m = 1.0 - vdh;
        float m2 = m * m;
        vec3 f = f0 + (1.0 - f0) * (m2 * m2 * m);
        vec3 specular = f * (a2 / (d * d) * g);
        color += (albedo * (1.0 - f) + specular) * sun_color * (facing * light);
    }
    out_color = vec4(encode(tone(color)), 1.0);
    out_id = body_id;
}
"""

SHADOW_VERTEX = """
#version 330
uniform mat4 clip_from_model;
in vec3 in_position;
void main() {
    gl_Position = clip_from_model * vec4(in_position, 1.0);
}
"""

SHADOW_FRAGMENT = """
#version 330
void main() {
}
"""
