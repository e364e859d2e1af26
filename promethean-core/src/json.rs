//! How the model is written as JSON and read again.
//!
//! Everybody who uses the macro compiles this crate twice over before their own: so it is written out, where
//! serde's derive would have to be compiled first.

use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, Error, Visitor};

/// What may be left out of an object.
pub(crate) trait Optional: Default {
    /// Whether it is left out.
    fn is_absent(&self) -> bool;
}

impl<T> Optional for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Optional for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Optional for String {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Optional for bool {
    fn is_absent(&self) -> bool {
        !self
    }
}

/// Reads the name of a field, which is one of these: its place among them.
pub(crate) struct FieldOf(pub(crate) &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for FieldOf {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FieldOf {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let place = self.0.iter().position(|known| *known == name);
        place.ok_or_else(|| E::unknown_field(name, self.0))
    }
}

/// Sets a field, which is there once.
pub(crate) fn once<T, E: Error>(
    field: &mut Option<T>,
    name: &'static str,
    value: T,
) -> Result<(), E> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::duplicate_field(name)),
    }
}

/// Writes a struct as an object and reads it again. Fields with a `[?]` are left out where they are empty;
/// `[? "name"]` has another name in JSON, and `[? "name" module]` is read as `module::Read` and written as
/// `module::Written`.
macro_rules! object {
    ($type:ident { $($field:ident $([$($how:tt)+])?),+ $(,)? }) => {
        impl serde_core::Serialize for $type {
            fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde_core::ser::SerializeMap as _;
                let mut object = serializer.serialize_map(None)?;
                $($crate::json::object!(@write object, &self.$field, $field $($($how)+)?);)+
                object.end()
            }
        }

        impl<'de> serde_core::Deserialize<'de> for $type {
            fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                const FIELDS: &[&str] = &[$($crate::json::object!(@name $field $($($how)+)?)),+];
                #[allow(non_camel_case_types, reason = "they are called like the fields")]
                enum Place { $($field),+ }
                struct Fields;
                impl<'de> serde_core::de::Visitor<'de> for Fields {
                    type Value = $type;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str(concat!("struct ", stringify!($type)))
                    }

                    fn visit_map<A: serde_core::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$type, A::Error> {
                        $(let mut $field = None;)+
                        while let Some(place) = map.next_key_seed($crate::json::FieldOf(FIELDS))? {
                            $(if place == Place::$field as usize {
                                let value = $crate::json::object!(@read map $($($how)+)?);
                                $crate::json::once(&mut $field, FIELDS[place], value)?;
                            })+
                        }
                        Ok($type {
                            $($field: $crate::json::object!(@value A, $field $($($how)+)?)),+
                        })
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }
    };

    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident ?) => { stringify!($field) };
    (@name $field:ident ? $name:literal $($module:ident)?) => { $name };

    (@read $map:ident ? $name:literal $module:ident) => { $map.next_value::<$module::Read>()?.0 };
    (@read $map:ident $($how:tt)*) => { $map.next_value()? };

    (@value $access:ident, $field:ident) => {
        $field.ok_or_else(|| {
            <$access::Error as serde_core::de::Error>::missing_field(stringify!($field))
        })?
    };
    (@value $access:ident, $field:ident $($how:tt)+) => { $field.unwrap_or_default() };

    (@write $object:ident, $value:expr, $field:ident) => {
        $object.serialize_entry(stringify!($field), $value)?;
    };
    (@write $object:ident, $value:expr, $field:ident ? $name:literal $module:ident) => {
        if !$crate::json::Optional::is_absent($value) {
            $object.serialize_entry($name, &$module::Written($value))?;
        }
    };
    (@write $object:ident, $value:expr, $field:ident ? $($name:literal)?) => {
        if !$crate::json::Optional::is_absent($value) {
            $object.serialize_entry($crate::json::object!(@name $field ? $($name)?), $value)?;
        }
    };
}
pub(crate) use object;

/// Writes a closed set of words as its words and reads them again.
macro_rules! word {
    ($($type:ident),+) => {
        $(
            impl serde_core::Serialize for $type {
                fn serialize<S: serde_core::Serializer>(
                    &self,
                    serializer: S,
                ) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.word())
                }
            }

            impl<'de> serde_core::Deserialize<'de> for $type {
                fn deserialize<D: serde_core::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<$type, D::Error> {
                    let word: smol_str::SmolStr = serde_core::Deserialize::deserialize(deserializer)?;
                    $type::from_word(&word).ok_or_else(|| {
                        let what = serde_core::de::Unexpected::Str(&word);
                        serde_core::de::Error::invalid_value(what, &concat!("a ", stringify!($type)))
                    })
                }
            }
        )+
    };
}
pub(crate) use word;
