"""GLSL of the gl renderer: what is drawn for a pixel of a body. `shader_light` holds the light that reaches it.

Shading is metallic-roughness (GGX distribution, height-correlated Smith visibility after Karis 2013, Schlick Fresnel)
with one sun, an ambient and lamps. The factor pi of the Lambert term is folded into the light: a white matt surface
facing a sun of 1 has radiance 1.

What a program can do is a set of these names, each a `#define` of both shaders:

- TEXTURED: the base colour has a texture.
- SHADOWS: the sun's shadows, and the sky that bodies near a point take from it.
- CASCADES: a second, wider shadow map beyond the first.
- SOFT: shadows blurred by how far away they are thrown.
- LAMPS, ENVIRONMENT, FOG, WET: as `View` means them.
"""

from __future__ import annotations

from collections.abc import Iterable

from seedbed.scenes.renderers.shader_light import AMBIENT, LAMPS, SHADOWS, WET

_VERTEX = """
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
#ifdef CASCADES
uniform mat4 far_from_world;
uniform float far_offset;
out vec3 far_at;
#endif
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
    vec3 lift = n * (sign(facing) * (0.35 + sqrt(max(1.0 - facing * facing, 0.0))));
    sun_at = (sun_from_world * vec4(world.xyz + lift * sun_offset, 1.0)).xyz;
    sky_at = sky_from_world * world;
#ifdef CASCADES
    far_at = (far_from_world * vec4(world.xyz + lift * far_offset, 1.0)).xyz;
#endif
#endif
    gl_Position = clip_from_world * world;
}
"""

_FRAGMENT = (
    """
uniform vec3 eye;
uniform vec3 sun;
uniform vec3 sun_color;
uniform vec3 base_color;          // linear
uniform float roughness;
uniform float metallic;
uniform float emission;
uniform uint body_id;
#ifdef TEXTURED
uniform sampler2D base_texture;   // sRGB, decoded by the sampler
in vec2 uv;
#endif
#ifdef FOG
uniform vec4 fog;                 // linear colour of the air, and its density, 1 / metres
#endif
in vec3 position;
in vec3 normal;
layout(location = 0) out vec4 out_color;
layout(location = 1) out uint out_id;
layout(location = 2) out float out_depth;

struct Surface {
    vec3 albedo;                  // of the matt part
    vec3 f0;                      // mirrored at right angles
    float roughness;
    vec3 n;
    vec3 v;                       // towards the eye
    float ndv;
};

// Light that arrives along l from a lamp or sun of strength 1 and leaves towards the eye.
vec3 reflected(Surface s, vec3 l, float facing) {
    vec3 h = normalize(s.v + l);
    float ndh = max(dot(s.n, h), 0.0);
    float vdh = max(dot(s.v, h), 0.0);
    float a = max(s.roughness * s.roughness, 0.0036);
    float a2 = a * a;
    float d = ndh * ndh * (a2 - 1.0) + 1.0;
    float g = 0.5 / mix(2.0 * facing * s.ndv, facing + s.ndv, a);
    float m = 1.0 - vdh;
    float m2 = m * m;
    vec3 f = s.f0 + (1.0 - s.f0) * (m2 * m2 * m);
    return (s.albedo * (1.0 - f) + f * (a2 / (d * d) * g)) * facing;
}
"""
    + SHADOWS
    + AMBIENT
    + LAMPS
    + WET
    + """
// The straight line up to 0.7, then a shoulder with the same slope that reaches white only at infinity.
vec3 tone(vec3 x) {
    const float a = 0.7;
    vec3 over = max(x - a, 0.0) / (1.0 - a);
    return min(x, a) + (1.0 - a) * (1.0 - exp(-over));
}

void main() {
    vec3 base = base_color;
#ifdef TEXTURED
    base *= texture(base_texture, uv).rgb;
#endif
    Surface s;
    s.albedo = base * (1.0 - metallic);
    s.f0 = mix(vec3(0.04), base, metallic);
    s.roughness = roughness;
    s.n = normalize(gl_FrontFacing ? normal : -normal);
    vec3 away = eye - position;
    s.v = normalize(away);
#ifdef WET
    rained_on(s);
#endif
    s.ndv = max(dot(s.n, s.v), 1e-3);

    vec3 color = ambient(s) * open_sky() + base * emission;
    float facing = dot(s.n, sun);
    float light = lit(facing);
    if (light * facing > 0.0) color += reflected(s, sun, facing) * sun_color * light;
#ifdef LAMPS
    color += lamplight(s);
#endif
    color = tone(color);
#ifdef FOG
    color = mix(fog.rgb, color, exp(-fog.a * length(away)));
#endif
    out_color = vec4(color, 1.0);  // the target encodes it as sRGB
    out_id = body_id;
    out_depth = 1.0 / gl_FragCoord.w;
}
"""
)

_IDS_VERTEX = """
uniform mat4 model;
uniform mat4 clip_from_world;
in vec3 in_position;
void main() {
    // Not through one product of the two: depths must be those of the shaded picture to the last bit.
    gl_Position = clip_from_world * (model * vec4(in_position, 1.0));
}
"""

_IDS_FRAGMENT = """
uniform uint body_id;
layout(location = 0) out uint out_id;
layout(location = 1) out float out_depth;
void main() {
    out_id = body_id;
    out_depth = 1.0 / gl_FragCoord.w;
}
"""

_SHADOW_VERTEX = """
uniform mat4 clip_from_model;
in vec3 in_position;
void main() {
    gl_Position = clip_from_model * vec4(in_position, 1.0);
}
"""

_SHADOW_FRAGMENT = """
void main() {
}
"""

_WHOLE_VERTEX = """
void main() {
    // One triangle that covers the frame.
    gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}
"""

_MEAN_FRAGMENT = """
uniform sampler2D picture;        // sRGB, decoded by the sampler; black where alpha is 0
uniform int k;
layout(location = 0) out vec4 out_color;
void main() {
    vec4 sum = vec4(0.0);
    for (int i = 0; i < k * k; ++i) sum += texelFetch(picture, ivec2(gl_FragCoord.xy) * k + ivec2(i % k, i / k), 0);
    out_color = vec4(sum.rgb / max(sum.a, 1.0), sum.a / float(k * k));
}
"""

Sources = dict[str, str]


def shaded(able: Iterable[str]) -> Sources:
    """Sources of a program that draws colour, ids and depth.

    Args:
        able: names out of this module's list.
    """
    head = "#version 330\n" + "".join(f"#define {name}\n" for name in sorted(able))
    return {"vertex_shader": head + _VERTEX, "fragment_shader": head + _FRAGMENT}


def ids_alone() -> Sources:
    """Sources of a program that draws ids and depth."""
    return {"vertex_shader": "#version 330\n" + _IDS_VERTEX, "fragment_shader": "#version 330\n" + _IDS_FRAGMENT}


def mean() -> Sources:
    """Sources of a program that averages squares of k x k pixels in linear light, without what was not drawn."""
    return {"vertex_shader": "#version 330\n" + _WHOLE_VERTEX, "fragment_shader": "#version 330\n" + _MEAN_FRAGMENT}


def shadow() -> Sources:
    """Sources of a program that fills the depth buffer alone."""
    return {"vertex_shader": "#version 330\n" + _SHADOW_VERTEX, "fragment_shader": "#version 330\n" + _SHADOW_FRAGMENT}
