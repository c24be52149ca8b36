//! Plain Python data as a format of serde: nothing is taken for something that it is not.
//!
//! `pythonize` reads any object as a bool by its truth and would take `suspend: "false"` for true.
//! Here a value is exactly what JSON would have: a dict with text for keys, a list or a tuple,
//! text, an int, a float, a bool, None. Anything else is an error, upon which the caller goes the
//! slower way through `jobsem._plain`.

use std::fmt;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// As deep as the core reads text.
const DEEPEST: u32 = 128;

/// Reads a value of plain data.
pub fn read<T: DeserializeOwned>(any: &Bound<'_, PyAny>) -> Result<T, Fault> {
    T::deserialize(Reader { any, depth: 0 })
}

/// Why it cannot be read.
#[derive(Debug)]
pub struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Fault {
        Fault(message.to_string())
    }
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Fault {
        Fault(error.to_string())
    }
}

struct Reader<'a, 'py> {
    any: &'a Bound<'py, PyAny>,
    depth: u32,
}

impl<'de> de::Deserializer<'de> for Reader<'_, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let any = self.any;
        if self.depth > DEEPEST {
            return Err(Fault(format!("the document is more than {DEEPEST} levels deep")));
        }
        let depth = self.depth + 1;
        if let Ok(text) = any.cast::<PyString>() {
            return visitor.visit_str(text.to_str()?);
        }
        if let Ok(dict) = any.cast::<PyDict>() {
            return visitor.visit_map(Members { all: dict.iter(), value: None, depth });
        }
        if any.is_none() {
            return visitor.visit_unit();
        }
        if let Ok(on) = any.cast::<PyBool>() {
            return visitor.visit_bool(on.is_true());
        }
        if any.is_instance_of::<PyInt>() {
            return match any.extract::<i64>() {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => match any.extract::<u64>() {
                    Ok(number) => visitor.visit_u64(number),
                    Err(_) => Err(Fault("an int of more than 64 bits".to_owned())),
                },
            };
        }
        if let Ok(list) = any.cast::<PyList>() {
            return visitor.visit_seq(Items { all: list.iter(), depth });
        }
        if let Ok(number) = any.cast::<PyFloat>() {
            let number = number.value();
            return match number.is_finite() {
                true => visitor.visit_f64(number),
                false => Err(Fault("a float that is not finite".to_owned())),
            };
        }
        if let Ok(tuple) = any.cast::<PyTuple>() {
            return visitor.visit_seq(Items { all: tuple.iter(), depth });
        }
        Err(Fault(format!("a value of type `{}`", any.get_type().name()?)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.any.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Members<'py, I: Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    all: I,
    value: Option<Bound<'py, PyAny>>,
    depth: u32,
}

impl<'de, 'py, I> MapAccess<'de> for Members<'py, I>
where
    I: Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
{
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((key, value)) = self.all.next() else { return Ok(None) };
        if !key.is_instance_of::<PyString>() {
            return Err(Fault("a key that is no text".to_owned()));
        }
        self.value = Some(value);
        seed.deserialize(Reader { any: &key, depth: self.depth }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let missing = || Fault("a value was asked for before its key".to_owned());
        let value = self.value.take().ok_or_else(missing)?;
        seed.deserialize(Reader { any: &value, depth: self.depth })
    }
}

struct Items<I> {
    all: I,
    depth: u32,
}

impl<'de, 'py, I: Iterator<Item = Bound<'py, PyAny>>> SeqAccess<'de> for Items<I> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        match self.all.next() {
            Some(item) => seed.deserialize(Reader { any: &item, depth: self.depth }).map(Some),
            None => Ok(None),
        }
    }
}
